/**
 * A Postgres of a test's own, whose processes the test stops with SIGSTOP and continues: it keeps its connections and
 * answers nothing, as with a hung disk. Or it kills them, and the server is started again.
 */
import * as Server from "@musehub/adapter-postgres/embedded/Server"
import { Effect, Redacted, type Scope } from "effect"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface StoppablePostgres {
  readonly url: string
  readonly stop: Effect.Effect<void>
  readonly proceed: Effect.Effect<void>
  /** Ends all processes with SIGKILL. What was not written to files is lost. */
  readonly kill: Effect.Effect<void>
}

/** Lists a process's children, of which Postgres has one for each connection. */
const childrenOf = async (parent: number): Promise<ReadonlyArray<number>> => {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(
    pids.map((pid) =>
      readFile(`/proc/${pid}/stat`, "utf8").then(
        // After the name, which may contain spaces: the state, then the parent.
        (text) => Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]),
        () => undefined
      )
    )
  )
  return pids.filter((_, position) => parents[position] === parent)
}

const signalAll = async (directory: string, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL") => {
  const [first = ""] = (await readFile(join(directory, "data", "postmaster.pid"), "utf8")).split("\n")
  const pid = Number(first)
  // So that the parent starts no further child meanwhile.
  if (signal !== "SIGCONT") process.kill(pid, "SIGSTOP")
  for (const child of await childrenOf(pid)) {
    try {
      process.kill(child, signal)
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
    }
  }
  process.kill(pid, signal)
}

/** Starts a server in a folder of its own, until the scope closes. */
export const stoppablePostgres: Effect.Effect<StoppablePostgres, never, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-stoppable-"))),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  )
  const { url } = yield* Server.use(directory)
  const proceed = Effect.promise(() => signalAll(directory, "SIGCONT"))
  // A stopped server would not end.
  yield* Effect.addFinalizer(() => proceed)
  return {
    url: Redacted.value(url),
    stop: Effect.promise(() => signalAll(directory, "SIGSTOP")),
    proceed,
    kill: Effect.promise(() => signalAll(directory, "SIGKILL"))
  }
}).pipe(Effect.orDie)
