/**
 * A lock between processes that ends with its holder. Node has no call for the kernel's file locks, but its SQLite uses
 * them (POSIX record locks), and `BEGIN EXCLUSIVE` on an empty database that is never written is such a lock. So no
 * process number has to be judged and no stale lock taken over: after a crash, after a reboot, and with two containers
 * on one folder, the kernel knows the holder.
 */
import { DatabaseSync } from "node:sqlite"
import { setTimeout } from "node:timers/promises"
import { closeToOthers } from "./system.ts"

export interface ProcessLock {
  /** Takes the lock if it is free. Never waits. */
  readonly tryAcquire: () => boolean
  readonly release: () => void
  /** Releases the lock and closes its file. */
  readonly close: () => void
}

/** SQLite's code for "another connection holds a lock" (SQLITE_BUSY). */
const busy = 5

/**
 * Opens the lock on a file, which it creates. Nothing else in this process may open that file: closing it would release
 * the lock.
 */
export const openProcessLock = (path: string): ProcessLock => {
  const database = new DatabaseSync(path, { timeout: 0 })
  closeToOthers(path)
  let inMemory = false
  return {
    tryAcquire: () => {
      try {
        // Otherwise each exclusive transaction creates a journal file. The pragma reads the file, so it can meet a lock
        // itself.
        if (!inMemory) database.exec("PRAGMA journal_mode = MEMORY")
        inMemory = true
        database.exec("BEGIN EXCLUSIVE")
        return true
      } catch (cause) {
        if (cause instanceof Error && Reflect.get(cause, "errcode") === busy) return false
        throw cause
      }
    },
    release: () => database.exec("ROLLBACK"),
    close: () => database.close()
  }
}

/**
 * How long a caller waits. Holders keep the lock for well under a millisecond; one that has it for this long is
 * stopped, or its disk hangs.
 */
const waitMillisMax = 10_000
const pauseMillisMax = 16

/**
 * Runs `body` while holding the lock. The body is synchronous, so the lock is held for a few system calls, never waits
 * behind other work of this process, and no two bodies of one process overlap.
 */
export const runLocked = async <A>(lock: ProcessLock, body: () => A): Promise<A> => {
  const deadline = performance.now() + waitMillisMax
  for (let pause = 1; !lock.tryAcquire(); pause = Math.min(2 * pause, pauseMillisMax)) {
    if (performance.now() > deadline) throw new Error(`another process held the store's lock for ${waitMillisMax} ms`)
    await setTimeout(pause * Math.random())
  }
  try {
    return body()
  } finally {
    lock.release()
  }
}
