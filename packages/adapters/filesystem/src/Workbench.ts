/**
 * Where files are written before they get their name: `tmp/<random>/`, one folder for each open store, on the same
 * file system as the objects and outside every listing. A lock in it tells that its owner lives; whoever opens the
 * store removes the folders of the dead, so a crash leaves nothing behind for long.
 */
import { randomUUID } from "node:crypto"
import { closeSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { openProcessLock, type ProcessLock } from "./ProcessLock.ts"
import { fsync, open, unlink, writeAll } from "./system.ts"

export interface Workbench {
  /** A path that no other file has. */
  readonly newPath: () => string
  /** Removes the folder. Like opening, only under the store's lock. */
  readonly close: () => void
}

/**
 * Opens a workbench and clears away those of the dead. Only under the store's lock: a folder whose own lock is not yet
 * taken looks dead.
 */
export const openWorkbench = (top: string): Workbench => {
  const folder = join(top, "tmp")
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeIfDead(join(folder, entry.name))
  }
  const own = join(folder, randomUUID())
  mkdirSync(own)
  const lock = lockOf(own)
  if (!lock.tryAcquire()) throw new Error(`${own} is locked, though it was made just now`)
  let count = 0
  return {
    newPath: () => {
      count += 1
      return join(own, String(count))
    },
    close: () => remove(own, lock)
  }
}

const lockOf = (folder: string): ProcessLock => openProcessLock(join(folder, "lock"))

const removeIfDead = (folder: string): void => {
  const lock = lockOf(folder)
  if (lock.tryAcquire()) remove(folder, lock)
  else lock.close()
}

const remove = (folder: string, lock: ProcessLock): void => {
  try {
    rmSync(folder, { recursive: true, force: true })
  } finally {
    lock.close()
  }
}

/** Read-only for everyone: what has its name is never written to again. */
export const fileMode = 0o444

/** Writes a file that nobody can see yet, durably. On failure it is gone again. */
export const writeTemporary = async (path: string, bytes: Uint8Array): Promise<void> => {
  const descriptor = await open(path, "wx", fileMode)
  try {
    try {
      await writeAll(descriptor, bytes)
      await fsync(descriptor)
    } finally {
      // What was synced has nothing left to write, and a wake-up of Node's pool costs more than the call.
      closeSync(descriptor)
    }
  } catch (cause) {
    await discard(path, cause)
  }
}

/** Removes a temporary file after a failure, and fails with that; if the removal fails too, with both. */
export const discard = async (path: string, cause: unknown): Promise<never> => {
  try {
    await unlink(path)
  } catch (another) {
    throw new AggregateError([cause, another], String(cause), { cause: another })
  }
  throw cause
}
