/**
 * The server of a folder, shared by all processes that use the folder: the first starts it, others join it, and the
 * last to leave in order stops it. After a crash the process's locks are free, and the server stays for the next
 * process.
 */
import { ReadOnly, Refused } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { Duration, Effect, Redacted, Schedule, type Scope } from "effect"
import { existsSync, statfsSync } from "node:fs"
import { mkdir, realpath } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import * as Cluster from "./Cluster.ts"
import * as FileLock from "./FileLock.ts"

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ")

/** The room that a Postgres needs to start. */
const startBytes = 1024 * 1024

/** Says whether the file system of a folder has no room for a start. The log of a Postgres that ends is cut then. */
const isFull = (folder: string): boolean => {
  const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : dirname(resolve(folder)))
  return bavail * bsize < startBytes
}

/** How often each process checks that the server still runs. */
const watchInterval = Duration.seconds(1)

/** The server of a folder. */
export interface Used {
  /** Its URL, which contains the password. */
  readonly url: Redacted.Redacted
  /** Says whether another server took its place, since the folder was deleted and set up again. */
  readonly isReplaced: () => boolean
}

/** Uses the server of this folder until the scope ends. */
export const use = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<Used, IndexUnavailable, Scope.Scope> {
  const failure = (cause: unknown) => {
    const full = isFull(folder) ? "the disk is full: " : ""
    return new IndexUnavailable({
      operation: `running a Postgres in ${folder}: ${full}${reasonOf(cause)}`,
      reason: full === "" ? new Refused({ cause }) : new ReadOnly({ cause })
    })
  }
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
  let isReplaced = false
  const restart = attempt(() => mkdir(directory, { recursive: true, mode: 0o700 })).pipe(
    Effect.andThen(alone(attempt(() => Cluster.ensureRunning(directory)))),
    Effect.tap((present) =>
      Effect.sync(() => {
        isReplaced ||= Redacted.value(present) !== Redacted.value(url)
      })
    ),
    Effect.andThen(Effect.logWarning(`the Postgres in ${directory} was gone and is started again`)),
    Effect.uninterruptible
  )
  yield* attempt(() => Cluster.isRunning(directory)).pipe(
    Effect.flatMap((running) => (running ? Effect.void : restart)),
    Effect.catch((error) => Effect.logWarning(error.message)),
    Effect.repeat(Schedule.spaced(watchInterval)),
    Effect.forkScoped
  )
  return { url, isReplaced: () => isReplaced }
})
