/**
 * The object store in a folder of a local file system. Its contents:
 *
 *     repositories/…, hub/…   the keys of the port, as paths
 *     tmp/<random>/           files that are still being written, one folder per open store
 *     lock                    empty; its kernel lock makes compare-and-set safe between the processes of one machine
 *
 * It needs hard links, atomic renames and POSIX locks, as any usual local file system has. Several hubs may open it at
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
   * A put that finds an object older than this refreshes its modification time, so that garbage collection by age keeps
   * it. Defaults to one day.
   */
  readonly refreshAge?: Duration.Input | undefined
  /** The most short operations that have files open at once. Defaults to 64. */
  readonly concurrency?: number | undefined
}

/** Opens the store in a folder, absolute or relative to the working directory; creates the folder if it is missing. */
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
      const { listDocuments, ...listing } = makeListing(store)
      return ObjectStore.of({
        location,
        remote: false,
        ...makeObjects(store),
        ...listing,
        documents: { ...makeDocuments(store, lock), list: listDocuments },
        // A file system has no URLs for clients.
        signed: Option.none(),
        probeChecksum: Option.none()
      })
    })
  )
