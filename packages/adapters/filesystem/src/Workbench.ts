/**
 * The folder where files are written before they get their name: `tmp/<random>/`, one for each open store, on the same
 * file system as the objects and outside every listing. A lock in it shows that its owner lives. Opening the store
 * removes the folders of processes that ended, so a crash leaves nothing behind for long.
 */
import { randomUUID } from "node:crypto"
import { closeSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { openProcessLock, type ProcessLock } from "./ProcessLock.ts"
import { folderMode, fsync, open, unlink, writeAll } from "./system.ts"

export interface Workbench {
  readonly folder: string
  /** Returns a path that no other file has. */
  readonly newPath: () => string
  /** Removes the folder. The caller holds the store's lock. */
  readonly close: () => void
}

/**
 * Opens a workbench and removes those of processes that ended. The caller holds the store's lock: a folder whose own
 * lock is not yet taken looks abandoned.
 */
export const openWorkbench = (top: string): Workbench => {
  const folder = join(top, "tmp")
  mkdirSync(folder, { recursive: true, mode: folderMode })
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeIfAbandoned(join(folder, entry.name))
  }
  const own = join(folder, randomUUID())
  mkdirSync(own, { mode: folderMode })
  const lock = lockedNew(own)
  let count = 0
  return {
    folder: own,
    newPath: () => {
      count += 1
      return join(own, String(count))
    },
    close: () => remove(own, lock)
  }
}

/** Takes the lock of a new folder; removes the folder if that fails, as on a full disk. */
const lockedNew = (folder: string): ProcessLock => {
  try {
    const lock = lockOf(folder)
    if (!lock.tryAcquire()) throw new Error(`${folder} is locked, though it was made just now`)
    return lock
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw cause
  }
}

const lockOf = (folder: string): ProcessLock => openProcessLock(join(folder, "lock"))

const removeIfAbandoned = (folder: string): void => {
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

/** Read-only, and for this user alone: a published file is never written again. */
export const fileMode = 0o400

/** Writes a temporary file durably and returns its path. Removes it on failure. */
export const writeTemporary = async (path: string, bytes: Uint8Array): Promise<string> => {
  const descriptor = await open(path, "wx", fileMode)
  try {
    try {
      await writeAll(descriptor, bytes)
      await fsync(descriptor)
    } finally {
      // After the sync nothing is left to write, and waking Node's pool costs more than this call.
      closeSync(descriptor)
    }
  } catch (cause) {
    return await discard(path, cause)
  }
  return path
}

/** Removes a temporary file after a failure and fails with its cause; if the removal fails too, with both. */
export const discard = async (path: string, cause: unknown): Promise<never> => {
  try {
    await unlink(path)
  } catch (another) {
    throw new AggregateError([cause, another], String(cause), { cause: another })
  }
  throw cause
}
