/** Runs one command of the operator as a process of its own. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { cpuSeconds, peakMiB } from "../load/process.ts"

const program = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))
const sampleMillis = 20

export interface Ran {
  readonly seconds: number
  /** Of its own process, without the database. */
  readonly cpuSeconds: number
  readonly peakMiB: number
  /** The end of what it printed. */
  readonly said: string
}

/** Runs the command, whose start counts. Fails with what it said unless it succeeds. */
export const musehub = async (
  command: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>>,
  profiles?: string | undefined
): Promise<Ran> => {
  const started = performance.now()
  const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`]
  const child = spawn(process.execPath, ["--max-semi-space-size=8", ...profiling, program, ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment }
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000)
    })
  }
  let [peak, cpu] = [0, 0]
  const sample = setInterval(() => {
    if (child.exitCode !== null || child.pid === undefined) return
    // The kernel keeps both, so what is missed is their growth in the last moment.
    peak = Math.max(peak, peakMiB(child.pid) || 0)
    cpu = cpuSeconds(child.pid)
  }, sampleMillis)
  const [code] = (await once(child, "close")) as [number | null]
  clearInterval(sample)
  if (code !== 0) throw new Error(`musehub ${command.join(" ")} ended with ${code}: ${said}`)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: cpu, peakMiB: peak, said }
}
