/**
 * The server of a folder, shared by all processes that use the folder: the first starts it, others join it, and the
 * last to leave in order stops it. After a crash the process's locks are free, and the server stays for the next
 * process.
 */
import { Refused } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { Duration, Effect, type Redacted, Schedule, type Scope } from "effect"
import { mkdir, realpath } from "node:fs/promises"
import { join } from "node:path"
import * as Cluster from "./Cluster.ts"
import * as FileLock from "./FileLock.ts"

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ")

/** How often each process checks that the server still runs. */
const watchInterval = Duration.seconds(1)

/** Uses the server of this folder until the scope ends. Returns its URL, which contains the password. */
export const use = Effect.fnUntraced(function* (
  folder: string
): Effect.fn.Return<Redacted.Redacted, IndexUnavailable, Scope.Scope> {
  const failure = (cause: unknown) =>
    new IndexUnavailable({
      operation: `running a Postgres in ${folder}: ${reasonOf(cause)}`,
      reason: new Refused({ cause })
    })
  const attempt = <A>(action: () => Promise<A>) => Effect.tryPromise({ try: action, catch: failure })

  yield* attempt(() => mkdir(folder, { recursive: true, mode: 0o700 }))
  // One name for each folder, because processes find each other's server by it.
  const directory = yield* attempt(() => realpath(folder))
  const startLock = join(directory, "start.lock")
  const usersLock = join(directory, "users.lock")

  /** Runs starts and stops one at a time, across processes too. */
  const alone = <A>(effect: Effect.Effect<A, IndexUnavailable>) =>
    FileLock.exclusive(startLock).pipe(Effect.mapError(failure), Effect.andThen(effect), Effect.scoped)

  const enter = attempt(async () => {
    const held = FileLock.tryShared(usersLock)
    if (held === undefined) throw new Error(`${usersLock} is locked by another program`)
    try {
      return { held, url: await Cluster.ensureRunning(directory) }
    } catch (error) {
      held.release()
      throw error
    }
  })

  const leave = (held: FileLock.Held) =>
    attempt(async () => {
      held.release()
      const last = FileLock.tryExclusive(usersLock)
      if (last === undefined) return
      try {
        await Cluster.stop(directory)
      } finally {
        last.release()
      }
    })

  const { url } = yield* Effect.acquireRelease(alone(enter), ({ held }) =>
    Effect.catch(alone(leave(held)), (error) => Effect.logWarning(error.message))
  )

  // A killed server is restarted here: no other part does so while it is in use.
  const restart = alone(attempt(() => Cluster.ensureRunning(directory))).pipe(
    Effect.andThen(Effect.logWarning(`the Postgres in ${directory} was gone and is started again`)),
    Effect.uninterruptible
  )
  yield* attempt(() => Cluster.isRunning(directory)).pipe(
    Effect.flatMap((running) => (running ? Effect.void : restart)),
    Effect.catch((error) => Effect.logWarning(error.message)),
    Effect.repeat(Schedule.spaced(watchInterval)),
    Effect.forkScoped
  )
  return url
})
