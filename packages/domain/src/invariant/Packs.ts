/** Packs in the store, compressed and under the hash of their bytes. The only maker of their evidence. */
import { Effect } from "effect"
import { compress, decompress } from "../base/Compression.ts"
import { sha256Apart } from "../object/Digest.ts"
import type { RepositoryId, Sha256 } from "../object/Id.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { storedPack } from "../port/internal/evidence.ts"
import { type Expected, ObjectStore } from "../port/ObjectStore.ts"
import { type DocumentKey, documentPath } from "../port/StoreKey.ts"
import type { PackEntry } from "../repository/Pack.ts"

const packKey = (repository: RepositoryId, sha256: Sha256) => ({ kind: "pack", repository, sha256 }) as const

/**
 * Puts a pack; `entries` describes its content. Other bytes stored under its name are damage and are replaced, since
 * everything in a pack is also stored by itself.
 */
export const putPack = Effect.fn("putPack")(function* (
  repository: RepositoryId,
  content: Uint8Array,
  entries: ReadonlyArray<PackEntry>
) {
  const bytes = yield* compress(content)
  const hash = yield* sha256Apart(bytes)
  const key = packKey(repository, hash)
  yield* write(key, bytes, { _tag: "Absent" }).pipe(
    Effect.catchTag("DocumentConflict", () => writeOver(key, hash, bytes))
  )
  return storedPack(repository, { sha256: hash, entries })
})

const write = Effect.fnUntraced(function* (key: DocumentKey, bytes: Uint8Array, expected: Expected) {
  const store = yield* ObjectStore
  yield* store.documents.write(key, bytes, expected)
})

/** Replaces the stored pack if it is damaged. */
const writeOver = Effect.fnUntraced(function* (key: DocumentKey, hash: Sha256, bytes: Uint8Array) {
  const store = yield* ObjectStore
  const found = yield* store.documents.read(key)
  if (found._tag === "Found" && (yield* sha256Apart(found.document.bytes)) === hash) return
  // Any other writer of this key writes the same bytes.
  yield* write(key, bytes, { _tag: "Any" }).pipe(Effect.catchTag("DocumentConflict", () => Effect.void))
})

const corrupt = (key: DocumentKey, reason: string) => new ObjectCorrupt({ key: documentPath(key), reason })

/**
 * Reads the stored bytes of a pack. Fails with `ObjectCorrupt` if it is missing or its bytes do not hash to its name.
 */
export const readPack = Effect.fn("readPack")(function* (repository: RepositoryId, sha256: Sha256) {
  const store = yield* ObjectStore
  const key = packKey(repository, sha256)
  const found = yield* store.documents.read(key)
  if (found._tag !== "Found") return yield* corrupt(key, "the index names the pack, and it is not there")
  const { bytes } = found.document
  const computed = yield* sha256Apart(bytes)
  return computed === sha256 ? bytes : yield* corrupt(key, `they hash to ${computed}`)
})

/** Decompresses a pack's stored bytes into content of `contentBytes` bytes. */
export const openPack = (repository: RepositoryId, sha256: Sha256, bytes: Uint8Array, contentBytes: number) =>
  Effect.mapError(decompress(bytes, contentBytes), ({ reason }) => corrupt(packKey(repository, sha256), reason))
