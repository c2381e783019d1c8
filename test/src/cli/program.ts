/** The program as an operator runs it: a process of its own, with only the path from the tests' environment. */
import { assert } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { acquireProgram } from "../services/services.ts"

const main = await acquireProgram()
const resolveFixtures = new URL("fixtures/resolve.ts", import.meta.url).href

export interface Surroundings {
  /** The working directory, where the default configuration stores everything. */
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  readonly signal: (name: "SIGINT" | "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT") => void
  /** The first line on stdout; fails when the program ends without one. */
  readonly firstLine: Promise<string>
  /** Settles when stdout contains the text. */
  readonly prints: (text: string) => Promise<void>
  /** Returns what stdout had so far. */
  readonly printed: () => string
  /** Settles when stderr contains the text. */
  readonly says: (text: string) => Promise<void>
  readonly ended: Promise<Ended>
}

/** The arguments of Node that run the program. */
export const programArguments: ReadonlyArray<string> = [main]

/** Starts the program. What finds plugins is loaded only where there are some, since it takes time. */
export const start = (args: ReadonlyArray<string>, surroundings: Surroundings): Running => {
  const before = surroundings.env?.["MUSEHUB_PLUGINS"] === undefined ? [] : ["--import", resolveFixtures]
  return launch(process.execPath, [...before, ...programArguments, ...args], surroundings)
}

/** Starts a command that runs the program. */
export const launch = (
  command: string,
  args: ReadonlyArray<string>,
  { directory, env = {} }: Surroundings
): Running => {
  const child = spawn(command, args, {
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", HOME: directory, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const seen = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (seen.stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (seen.stderr += text))
  const closed = once(child, "close")
  const until = async (name: "stdout" | "stderr", text: string) => {
    while (!seen[name].includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ended without saying ${JSON.stringify(text)}: ${seen.stderr}`)
      await Promise.race([once(child[name], "data"), closed])
    }
  }
  const line = async () => {
    await until("stdout", "\n")
    return seen.stdout.slice(0, seen.stdout.indexOf("\n"))
  }
  const firstLine = line()
  // A caller that only waits for the end does not read the line.
  firstLine.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    firstLine,
    prints: (text) => until("stdout", text),
    printed: () => seen.stdout,
    says: (text) => until("stderr", text),
    ended: closed.then(() => ({ code: child.exitCode, ...seen }))
  }
}

/** Runs the program to its end. */
export const run = (args: ReadonlyArray<string>, surroundings: Surroundings): Promise<Ended> =>
  start(args, surroundings).ended

/** Returns the one JSON value of a command that succeeded. */
export const json = ({ code, stdout, stderr }: Ended): unknown => {
  assert.strictEqual(code, 0, stderr)
  assert.match(stdout, /^[^\n]+\n$/)
  return JSON.parse(stdout)
}

/** Reads a member of an unknown value. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

/** Returns the token of a first start, which is in the file that the line of `serve --json` names; else undefined. */
export const firstToken = (line: unknown): string | undefined => {
  const file = field(line, "tokenFile")
  return typeof file === "string" ? readFileSync(file, "utf8").trim() : undefined
}
