/**
 * The object store in a folder of a local file system. What is in it:
 *
 *     repositories/…, hub/…   the keys of the port, as paths
 *     tmp/<random>/           files that are still being written, one folder per open store
 *     lock                    empty; its kernel lock makes compare-and-set safe between the processes of one machine
 *
 * It needs hard links, atomic renames and POSIX locks, so any usual local file system; several hubs may open it at
 * once.
 */
import { ObjectStore, type StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Duration, Effect, Layer, Option, Semaphore } from "effect"
import { join, resolve } from "node:path"
import { makeDocuments } from "./makeDocuments.ts"
import { attempt } from "./fault.ts"
import { makeFolders, makeTop } from "./Folders.ts"
import { makeListing } from "./makeListing.ts"
import { makeObjects } from "./Objects.ts"
import { openProcessLock, runLocked } from "./ProcessLock.ts"
import { openWorkbench } from "./Workbench.ts"

export interface Options {
  /**
   * A hit on an object that is older makes it young again, so that garbage collection by age leaves it alone. One day
   * unless given.
   */
  readonly refreshAge?: Duration.Input | undefined
  /** At most this many short operations have files open at once. 64 unless given. */
  readonly concurrency?: number | undefined
}

/** Opens the store in a folder, relative to the working directory or absolute; makes the folder if it is not there. */
export const layer = (directory: string, options: Options = {}): Layer.Layer<ObjectStore, StoreUnavailable> =>
  Layer.effect(
    ObjectStore,
    Effect.gen(function* () {
      const top = resolve(directory)
      const location = `file:${top}`
      yield* attempt("open", location, () => makeTop(top))
      const lock = yield* Effect.acquireRelease(
        attempt("open", location, async () => openProcessLock(join(top, "lock"))),
        (lock) => Effect.sync(lock.close)
      )
      const workbench = yield* Effect.acquireRelease(
        attempt("open", location, () => runLocked(lock, () => openWorkbench(top))),
        (workbench) => Effect.orDie(attempt("close", location, () => runLocked(lock, workbench.close)))
      )
      const store = {
        top,
        folders: makeFolders(top),
        workbench,
        permits: Semaphore.makeUnsafe(options.concurrency ?? 64),
        refreshAgeMillis: Duration.toMillis(options.refreshAge ?? "1 day")
      }
      return ObjectStore.of({
        location,
        remote: false,
        ...makeObjects(store),
        ...makeListing(store),
        ...makeDocuments(store, lock),
        // A file system answers nobody outside.
        uploads: Option.none(),
        downloads: Option.none(),
        probeChecksum: Option.none()
      })
    })
  )
