/**
 * The baseline for a fetch: the objects of a repository read through the hub's own adapter, at the same concurrency,
 * and discarded. No HTTP, no hashing, no index.
 */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { readAhead, smallBlobBytes } from "@musehub/domain/usecase/fetch/readAhead"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, ManagedRuntime } from "effect"
import type { Store } from "../stores.ts"

/** Opens the store of the hub with this name, next to the hub. */
export const openStored = async (store: Store, name: string) => {
  // The S3 adapter reads its credentials from the environment, as the hub's does.
  Object.assign(process.env, store.environment)
  const runtime = ManagedRuntime.make(store.adapter.layer(await store.url(name)))
  return {
    read: (repository: RepositoryId, objects: ReadonlyArray<MpackSource>): Promise<void> => {
      const largest = objects.reduce((most, { size }) => Math.max(most, size), smallBlobBytes)
      return runtime.runPromise(
        Effect.flatMap(ObjectStore, (opened) =>
          Effect.forEach(objects, ({ type, id }) => opened.get({ repository, type, id } as ObjectKey), {
            concurrency: readAhead(largest),
            discard: true
          })
        )
      )
    },
    close: () => runtime.dispose()
  }
}
