/**
 * Locks between processes that the operating system frees when a process ends, for any reason. Node has no `flock`, but
 * its SQLite locks files that way; the file stays empty, and nothing else of a database is used.
 */
import { Effect, Schedule, type Scope } from "effect"
import { DatabaseSync } from "node:sqlite"

/** A held lock, freed by `release` or by the end of the process. */
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

/** Takes the lock shared: any number of processes may, while none holds it exclusively. Undefined if it is taken. */
export const tryShared = (file: string): Held | undefined =>
  tryLock(file, ["BEGIN", "SELECT count(*) FROM sqlite_schema"])

/** Takes the lock exclusively, for one process alone. Undefined if it is taken. */
export const tryExclusive = (file: string): Held | undefined => tryLock(file, ["BEGIN EXCLUSIVE"])

const pollMillis = 20

/** Waits for the lock and holds it exclusively until the scope ends. */
export const exclusive = (file: string): Effect.Effect<void, unknown, Scope.Scope> =>
  Effect.try({ try: () => tryExclusive(file), catch: (error) => error }).pipe(
    Effect.tap((held) => (held === undefined ? Effect.void : Effect.addFinalizer(() => Effect.sync(held.release)))),
    Effect.uninterruptible,
    Effect.repeat({ schedule: Schedule.spaced(pollMillis), until: (held) => held !== undefined })
  )
