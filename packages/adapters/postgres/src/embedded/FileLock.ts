/**
 * Locks between processes that the operating system takes back when a process dies, however it dies. Node has no
 * `flock`, but its SQLite locks files in just that way; the file itself stays empty, and nothing else of a database
 * is used.
 */
import { Effect, Schedule, type Scope } from "effect"
import { DatabaseSync } from "node:sqlite"

/** A lock held in one mode; it is given back by `release`, or by the end of the process. */
export interface Held {
  readonly release: () => void
}

const busy = 5

const isBusy = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "errcode" in error && error.errcode === busy

const tryLock = (file: string, statements: ReadonlyArray<string>): Held | undefined => {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    for (const statement of statements) database.exec(statement)
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
}

/** Any number of processes may hold it, while none holds it exclusively. Undefined when it is not to be had now. */
export const tryShared = (file: string): Held | undefined =>
  tryLock(file, ["BEGIN", "SELECT count(*) FROM sqlite_schema"])

/** One process alone may hold it. Undefined when it is not to be had now. */
export const tryExclusive = (file: string): Held | undefined => tryLock(file, ["BEGIN EXCLUSIVE"])

const pollMillis = 20

/** Holds the lock exclusively until the scope ends; waits for its turn. */
export const exclusive = (file: string): Effect.Effect<void, unknown, Scope.Scope> =>
  Effect.try({ try: () => tryExclusive(file), catch: (error) => error }).pipe(
    Effect.tap((held) => (held === undefined ? Effect.void : Effect.addFinalizer(() => Effect.sync(held.release)))),
    Effect.uninterruptible,
    Effect.repeat({ schedule: Schedule.spaced(pollMillis), until: (held) => held !== undefined })
  )
