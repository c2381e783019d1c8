/**
 * The baseline for a fetch: the packs and large blobs of a repository read through the hub's own adapter and discarded.
 * No HTTP, no decompressing, no hashing, no index.
 */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import { storeConcurrency } from "@musehub/domain/port/storeConcurrency"
import { rootCodec } from "@musehub/domain/repository/codecs"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, ManagedRuntime, Result, Stream } from "effect"
import type { Store } from "../stores.ts"

/** Lists the packs that the root names. No repository of the benchmarks has so many that a catalog holds them. */
const packsOf = Effect.fnUntraced(function* (repository: RepositoryId) {
  const { documents } = yield* ObjectStore
  const read = yield* documents.read({ kind: "root", repository })
  if (read._tag !== "Found") throw new Error(`repository ${repository} has no root`)
  return Result.getOrThrow(rootCodec.decode(read.document.bytes)).packs
})

/** Opens the store of the hub with this name, next to the hub. */
export const openStored = async (store: Store, name: string) => {
  // The S3 adapter reads its credentials from the environment, as the hub's does.
  Object.assign(process.env, store.environment)
  const runtime = ManagedRuntime.make(store.adapter.layer(await store.url(name)))
  const readAll = Effect.fnUntraced(function* (repository: RepositoryId, objects: ReadonlyArray<MpackSource>) {
    const { stream } = yield* ObjectStore
    const packs = (yield* packsOf(repository)).map(({ sha256 }): ImmutableKey => ({
      repository,
      type: "pack",
      id: sha256
    }))
    const large = objects.flatMap(({ id, size, type }): ReadonlyArray<ImmutableKey> =>
      type === "blob" && size > packedBlobBytesMax ? [{ repository, type, id }] : []
    )
    yield* Effect.forEach([...packs, ...large], (key) => Stream.runDrain(stream(key)), {
      concurrency: storeConcurrency,
      discard: true
    })
  })
  return {
    read: (repository: RepositoryId, objects: ReadonlyArray<MpackSource>): Promise<void> =>
      runtime.runPromise(readAll(repository, objects)),
    close: () => runtime.dispose()
  }
}
