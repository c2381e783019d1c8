/** Packs in the store, compressed and under the hash of their bytes. The only maker of their evidence. */
import { Effect } from "effect"
import { compress, decompress } from "../base/Compression.ts"
import { sha256Apart } from "../object/Digest.ts"
import type { RepositoryId, Sha256 } from "../object/Id.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { PackFile } from "../pack/PackFile.ts"
import { storedPack } from "../port/internal/evidence.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import { type ImmutableKey, immutablePath } from "../port/StoreKey.ts"
import type { PackEntry } from "../repository/Pack.ts"

const packKey = (repository: RepositoryId, id: Sha256): ImmutableKey<"pack"> => ({ repository, type: "pack", id })

/**
 * Puts a pack; `entries` describes its content. Other bytes stored under its name are damage and are replaced, since
 * everything in a pack is also stored by itself.
 */
export const putPack = Effect.fn("putPack")(function* (
  repository: RepositoryId,
  content: Uint8Array,
  entries: ReadonlyArray<PackEntry>
) {
  const store = yield* ObjectStore
  const file = yield* PackFile.of(yield* compress(content))
  // The bytes are in memory, so nothing can refuse them.
  const put = Effect.catchTag(store.put(repository, file), "ContentRefused", Effect.die)
  const { outcome } = yield* put
  // A store may compare with a hash that it noted earlier, so that bytes are intact only once they were read.
  if (outcome === "different" || (outcome === "identical" && !(yield* isIntact(repository, file.id)))) {
    yield* store.delete(packKey(repository, file.id))
    // Any other writer of this key puts the same bytes.
    yield* put
  }
  return storedPack(repository, { sha256: file.id, entries })
})

const isIntact = (repository: RepositoryId, id: Sha256) =>
  readPack(repository, id).pipe(
    Effect.as(true),
    Effect.catchTag("ObjectCorrupt", () => Effect.succeed(false))
  )

/** Makes the failure of reading a pack. */
export const corruptPack = (repository: RepositoryId, id: Sha256, reason: string) =>
  new ObjectCorrupt({ key: immutablePath(packKey(repository, id)), reason })

/**
 * Reads the stored bytes of a pack. Fails with `ObjectCorrupt` if it is missing or its bytes do not hash to its name.
 */
export const readPack = Effect.fn("readPack")(function* (repository: RepositoryId, id: Sha256) {
  const store = yield* ObjectStore
  const bytes = yield* Effect.catchTag(store.get(packKey(repository, id)), "ObjectMissing", () =>
    Effect.fail(corruptPack(repository, id, "the index names the pack, and it is not there"))
  )
  const computed = yield* sha256Apart(bytes)
  return computed === id ? bytes : yield* corruptPack(repository, id, `they hash to ${computed}`)
})

/** Decompresses a pack's stored bytes into content of `contentBytes` bytes. */
export const openPack = (repository: RepositoryId, id: Sha256, bytes: Uint8Array, contentBytes: number) =>
  Effect.mapError(decompress(bytes, contentBytes), ({ reason }) => corruptPack(repository, id, reason))
