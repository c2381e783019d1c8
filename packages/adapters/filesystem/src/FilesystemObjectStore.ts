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
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { makeDocuments } from "./makeDocuments.ts"
import { namingDenial } from "./denied.ts"
import { attempt } from "./fault.ts"
import { makeFolders, makeTop } from "./Folders.ts"
import { makeListing } from "./makeListing.ts"
import { makeObjects } from "./Objects.ts"
import { closeToOthers } from "./system.ts"
import { makeWriting } from "./Writing.ts"

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
      const lockFile = join(top, "lock")
      yield* attempt("open", location, () => namingDenial(lockFile, () => makeTop(top)))
      // A store that an earlier version made, or a folder that was there before.
      yield* Effect.catch(
        attempt("open", location, async () => closeToOthers(top)),
        (error) => Effect.logWarning(`${location} stays open to other users of this machine`, error)
      )
      const writing = yield* Effect.acquireRelease(
        Effect.sync(() => makeWriting(top, lockFile)),
        ({ close }) => Effect.catch(attempt("close", location, close), (error) => Effect.logWarning("closing", error))
      )
      yield* attempt("open", location, () => namingDenial(lockFile, writing.open)).pipe(
        Effect.catch((error) =>
          // A store that holds something is read as long as it cannot be written.
          existsSync(join(top, "hub"))
            ? Effect.logWarning(`${location} is opened for reading`, error)
            : Effect.fail(error)
        )
      )
      const store = {
        top,
        folders: makeFolders(top),
        writing,
        permits: Semaphore.makeUnsafe(options.concurrency ?? 64),
        refreshAgeMillis: Duration.toMillis(options.refreshAge ?? "1 day")
      }
      const { listDocuments, ...listing } = makeListing(store)
      return ObjectStore.of({
        location,
        remote: false,
        ...makeObjects(store),
        ...listing,
        documents: { ...makeDocuments(store), list: listDocuments },
        // A file system has no URLs for clients.
        signed: Option.none(),
        probeChecksum: Option.none()
      })
    })
  )
