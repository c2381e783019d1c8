/**
 * Folders that survive a crash. A new name is durable only after an fsync of its folder, which costs as much as writing
 * a small file. So concurrent names share one fsync (group commit), and each waits for one that began after the name
 * was created.
 */
import { dirname } from "node:path"
import { codeOf, folderMode, fsync, mkdir, withFile } from "./system.ts"

export interface Folders {
  /** Waits for an fsync of the folder that began after this call. */
  readonly sync: (folder: string) => Promise<void>
  /**
   * Makes sure that a folder below the top exists durably, then runs `use`. If the folder was removed meanwhile (`use`
   * fails with ENOENT), creates it once more and runs `use` again.
   */
  readonly within: <A>(folder: string, use: () => Promise<A>) => Promise<A>
}

/** The most folders that are remembered; a hub with more active ones syncs some parents again. */
const rememberedMax = 20_000

/** Creates the folders below `top`. Tests replace `fsyncFolder`. */
export const makeFolders = (
  top: string,
  fsyncFolder: (folder: string) => Promise<void> = (folder) => withFile(folder, "r", undefined, fsync)
): Folders => {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  const made = new Map<string, Promise<void>>()

  const start = (folder: string): Promise<void> => {
    waiting.delete(folder)
    const round: Promise<void> = fsyncFolder(folder).finally(() => {
      if (running.get(folder) === round) running.delete(folder)
    })
    running.set(folder, round)
    return round
  }

  const sync = (folder: string): Promise<void> => {
    const next = waiting.get(folder)
    if (next !== undefined) return next
    const current = running.get(folder)
    if (current === undefined) return start(folder)
    // The round under way may have begun before the caller's name existed.
    const again = () => start(folder)
    const round = current.then(again, again)
    waiting.set(folder, round)
    return round
  }

  /**
   * Creates the folder and syncs its parents, even if it exists: another process may have created it and not yet
   * synced.
   */
  const make = async (folder: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: folderMode })
    for (let child = folder; child !== top; child = dirname(child)) await sync(dirname(child))
  }

  const ensure = (folder: string): Promise<void> => {
    const known = made.get(folder)
    if (known !== undefined) return known
    if (made.size >= rememberedMax) made.clear()
    const making = make(folder).catch((cause: unknown) => {
      made.delete(folder)
      throw cause
    })
    made.set(folder, making)
    return making
  }

  const within = async <A>(folder: string, use: () => Promise<A>): Promise<A> => {
    await ensure(folder)
    try {
      return await use()
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT") throw cause
      made.delete(folder)
      await ensure(folder)
      return await use()
    }
  }

  return { sync, within }
}

/** Creates the store's top folder and its missing parents durably. Only the top folder is closed to other users. */
export const makeTop = async (top: string): Promise<void> => {
  const parent = await mkdir(dirname(top), { recursive: true }).catch((cause: unknown) => {
    if (codeOf(cause) !== "EEXIST") throw cause
    // It is no folder, as the next call says in better words (ENOTDIR).
    return undefined
  })
  const first = parent ?? (await mkdir(top, { recursive: true, mode: folderMode }))
  if (first === undefined) return
  if (parent !== undefined) await mkdir(top, { mode: folderMode })
  for (let child = top; ; child = dirname(child)) {
    await withFile(dirname(child), "r", undefined, fsync)
    if (child === first) return
  }
}
