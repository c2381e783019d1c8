/**
 * A hub as its users run it: `musehub serve` in a process of its own, on a store and an index, measured from outside.
 * It prints its address, and on the first start on a store the file of a token.
 */
import { execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Remote } from "./client/client.ts"
import { cpuSeconds, peakMiB, residentMiB, resetPeak, transferred } from "./process.ts"

/** The owner of all repositories of the bench. */
export const hubUser = "bench"

export interface HubOptions {
  readonly objectStore: string
  readonly index: string
  readonly environment?: Readonly<Record<string, string>>
  /** Flags for node, such as `--cpu-prof`. */
  readonly nodeFlags?: ReadonlyArray<string>
}

export interface Cost {
  readonly peakMiB: number
  readonly cpuSeconds: number
}

export interface HubState {
  readonly residentMiB: number
  /** Bytes received from the object store, the index and clients together. */
  readonly read: number
  /** Bytes sent to all of them. */
  readonly written: number
}

export interface Hub extends Remote {
  /** Runs `run` and returns what it cost the hub's process. Postgres and the object store are not included. */
  readonly costOf: <A>(run: () => Promise<A>) => Promise<readonly [A, Cost]>
  /** Runs an operator's command next to the hub. */
  readonly operate: (...command: ReadonlyArray<string>) => Promise<void>
  /** Reads its current memory, and the bytes it has read and written so far. */
  readonly state: () => HubState
  /** Asks a module that `nodeFlags` imported into the process, and returns its answer. */
  readonly ask: () => Promise<unknown>
  /** Fails when the process ends before it was stopped. */
  readonly alive: Promise<never>
  readonly stop: () => Promise<void>
}

const execute = promisify(execFile)

const program = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

/** The flags that the workspace's scripts use: buffers are returned sooner, at the cost of a tenth more time. */
const memoryFlags = ["--max-semi-space-size=8"]

export const startHub = async (options: HubOptions): Promise<Hub> => {
  const env = {
    ...process.env,
    ...options.environment,
    MUSEHUB_OBJECT_STORE: options.objectStore,
    MUSEHUB_INDEX: options.index,
    MUSEHUB_FIRST_TOKEN_FILE: join(tmpdir(), `musehub-bench-${randomUUID()}`)
  }
  const child = spawn(
    process.execPath,
    [...memoryFlags, ...(options.nodeFlags ?? []), program, "serve", "--port", "0", "--user", hubUser, "--json"],
    {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env
    }
  )
  let complaint = ""
  const { stderr, stdout } = child
  if (stderr === null || stdout === null) throw new Error("the hub was started without pipes")
  stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  let stopping = false
  const alive = ended.then(() =>
    stopping
      ? new Promise<never>(() => undefined)
      : Promise.reject(new Error(`the hub ended with ${child.exitCode ?? child.signalCode}: ${complaint}`))
  )
  // The users of the hub see the rejection; this keeps it from being unhandled until then.
  alive.catch(() => undefined)
  const lines = createInterface({ input: stdout })
  const line = await Promise.race([new Promise<string>((resolve) => lines.once("line", resolve)), alive])
  const pid = child.pid ?? 0
  const { tokenFile, url } = JSON.parse(line) as { readonly tokenFile?: string; readonly url: string }
  const token = tokenFile === undefined ? "" : (await readFile(tokenFile, "utf8")).trim()
  if (tokenFile !== undefined) await rm(tokenFile)
  return {
    url,
    token,
    costOf: async (run) => {
      resetPeak(pid)
      const before = cpuSeconds(pid)
      const value = await run()
      return [value, { peakMiB: peakMiB(pid), cpuSeconds: cpuSeconds(pid) - before }]
    },
    operate: async (...command) => {
      await execute(process.execPath, [program, ...command], { env })
    },
    state: () => ({ residentMiB: residentMiB(pid), ...transferred(pid) }),
    ask: () =>
      Promise.race([
        alive,
        new Promise((resolve) => {
          child.once("message", resolve)
          child.send("ask")
        })
      ]),
    alive,
    stop: () => {
      stopping = true
      child.kill("SIGINT")
      return ended
    }
  }
}
