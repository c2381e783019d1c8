/**
 * What the writers of an open store share: its lock and its workbench. Both are opened with the store, and again by the
 * next writer if that failed, as on a file system that is full or read-only, or if the folder was replaced since, as by
 * a restored backup.
 */
import { existsSync } from "node:fs"
import { openProcessLock, type ProcessLock, runLocked } from "./ProcessLock.ts"
import { codeOf } from "./system.ts"
import { openWorkbench, type Workbench } from "./Workbench.ts"

export interface Writing {
  /** Opens lock and workbench, unless they are open. */
  readonly open: () => Promise<void>
  /** Creates a file under a path that no other file has. `create` leaves nothing behind when it fails. */
  readonly create: <A>(create: (path: string) => Promise<A>) => Promise<A>
  /** Runs `body` while holding the store's lock. */
  readonly locked: <A>(body: () => A) => Promise<A>
  readonly close: () => Promise<void>
}

interface Opened {
  readonly lock: ProcessLock
  readonly workbench: Workbench
}

/** Makes what the writers of the store in `top` share. */
export const makeWriting = (top: string, lockFile: string): Writing => {
  let opening: Promise<Opened> | undefined

  const openBoth = async (): Promise<Opened> => {
    const lock = openProcessLock(lockFile)
    try {
      return { lock, workbench: await runLocked(lock, () => openWorkbench(top)) }
    } catch (cause) {
      lock.close()
      throw cause
    }
  }

  const opened = (): Promise<Opened> => {
    const current = (opening ??= openBoth())
    return current.catch((cause: unknown) => {
      if (opening === current) opening = undefined
      throw cause
    })
  }

  const closeBoth = async ({ lock, workbench }: Opened): Promise<void> => {
    try {
      await runLocked(lock, workbench.close)
    } finally {
      lock.close()
    }
  }

  return {
    open: async () => void (await opened()),
    create: async (create) => {
      const present = await opened()
      try {
        return await create(present.workbench.newPath())
      } catch (cause) {
        // A folder without the lock is none of this store: its volume is not mounted, and nothing is written there.
        if (codeOf(cause) !== "ENOENT" || existsSync(present.workbench.folder) || !existsSync(lockFile)) throw cause
        if ((await opening) === present) {
          opening = undefined
          await closeBoth(present)
        }
        return await create((await opened()).workbench.newPath())
      }
    },
    locked: async (body) => runLocked((await opened()).lock, body),
    close: async () => {
      const present = opening
      opening = undefined
      if (present !== undefined) await closeBoth(await present)
    }
  }
}
