/**
 * A lock between processes that dies with its holder. Node has no call for the kernel's file locks, but its SQLite
 * takes them (POSIX record locks), and `BEGIN EXCLUSIVE` on an empty database that is never written is nothing but
 * such a lock. So there is no process number to judge and no stale lock to take over: after a crash, after a reboot,
 * and with two containers over one folder, the kernel knows who holds it.
 */
import { DatabaseSync } from "node:sqlite"
import { setTimeout } from "node:timers/promises"

export interface ProcessLock {
  /** Takes the lock if nobody has it. Never waits. */
  readonly tryAcquire: () => boolean
  readonly release: () => void
  /** Also releases. */
  readonly close: () => void
}

/** SQLite's code for "somebody else holds a lock". */
const busy = 5

/**
 * Opens the lock that a file stands for, and makes the file. Nothing else may open that file: closing it would
 * release the lock.
 */
export const openProcessLock = (path: string): ProcessLock => {
  const database = new DatabaseSync(path, { timeout: 0 })
  let inMemory = false
  return {
    tryAcquire: () => {
      try {
        // Else each exclusive transaction makes a journal file. Asking for it reads, so it can meet a lock itself.
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

/** Holders keep the lock for well under a millisecond; who has it for this long is stopped, or its disk hangs. */
const waitMillisMax = 10_000
const pauseMillisMax = 16

/**
 * Runs `body` while holding the lock. The body is synchronous: the lock is then held for a few system calls and never
 * waits behind other work of this process, and within the process no two bodies can meet.
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
