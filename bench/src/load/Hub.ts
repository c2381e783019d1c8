/** A hub as another process: started on a store and an index, measured from outside, and stopped with its folder. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Remote } from "./client.ts"
import { cpuSeconds, peakMiB, resetPeak } from "./process.ts"

export interface HubOptions {
  readonly objectStore: string
  readonly index: string
  readonly environment?: Readonly<Record<string, string>>
  /** Flags of node, such as `--cpu-prof`. */
  readonly nodeFlags?: ReadonlyArray<string>
}

export interface Cost {
  readonly peakMiB: number
  readonly cpuSeconds: number
}

export interface Hub extends Remote {
  /** Runs something and tells what it cost the hub's process. Postgres and the object store are not in it. */
  readonly costOf: <A>(run: () => Promise<A>) => Promise<readonly [A, Cost]>
  readonly stop: () => Promise<void>
}

const entry = fileURLToPath(new URL("./hubProcess.ts", import.meta.url))

export const startHub = async (options: HubOptions): Promise<Hub> => {
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), entry], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      ...options.environment,
      MUSEHUB_OBJECT_STORE: options.objectStore,
      MUSEHUB_INDEX: options.index
    }
  })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once("line", resolve)),
    ended.then(() => Promise.reject(new Error(`the hub ended with code ${child.exitCode}`)))
  ])
  const pid = child.pid ?? 0
  const remote = JSON.parse(line) as Remote
  return {
    ...remote,
    costOf: async (run) => {
      resetPeak(pid)
      const before = cpuSeconds(pid)
      const value = await run()
      return [value, { peakMiB: peakMiB(pid), cpuSeconds: cpuSeconds(pid) - before }]
    },
    stop: () => {
      child.stdin.end()
      return ended
    }
  }
}
