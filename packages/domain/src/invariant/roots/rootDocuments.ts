/**
 * The documents of roots in the store: the current root of a repository, the copies of those before it, and the records
 * that hold what a root names. What was read or written last stays in memory.
 */
import { Clock, Effect, Option, Result } from "effect"
import { inSlices } from "../../base/Slices.ts"
import { sha256 } from "../../object/Digest.ts"
import type { NotCanonical } from "../../object/Frame.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { storedDocument } from "../../port/internal/evidence.ts"
import { type Expected, ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { type DocumentKey, documentPath } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { rootCodec } from "../../repository/codecs.ts"
import { recentPacksMax } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { RootMissing, RootOutcomeUnknown } from "../../repository/rootErrors.ts"
import { judged, type ReadBack, send, settled } from "../Document.ts"
import { RefChunks, type SettledRefs } from "../refs/RefChunks.ts"
import { encodingCatalog, putCatalog, readCatalog } from "../RepositoryDocuments.ts"
import { type Current, RootCache } from "./RootCache.ts"

const rootKey = (repository: RepositoryId): DocumentKey => ({ kind: "root", repository })

const evidenceOf = (value: Root, bytes: Uint8Array): StoredDocument<Root> =>
  storedDocument<Root>({ value, sha256: sha256(bytes) })

/** Returns how to read and write the documents of roots in a store. */
export const rootDocuments = (store: ObjectStore["Service"]) => {
  const cache = new RootCache()
  const chunks = new RefChunks(store)

  const decoded = (key: DocumentKey, bytes: Uint8Array) =>
    Effect.fromResult(
      Result.mapError(
        rootCodec.decode(bytes),
        (error: NotCanonical) => new ObjectCorrupt({ key: documentPath(key), reason: error.message })
      )
    )

  const readCurrent = Effect.fnUntraced(function* (repository: RepositoryId) {
    const key = rootKey(repository)
    const known = cache.get(repository)
    const asked = yield* Clock.currentTimeMillis
    const found = yield* store.documents.read(key, known?.version)
    if (found._tag === "Unchanged" && known !== undefined) {
      cache.set(known, asked)
      return known
    }
    if (found._tag !== "Found") return yield* new RootMissing({ repository })
    const { bytes, version } = found.document
    const current: Current = { evidence: evidenceOf(yield* decoded(key, bytes), bytes), bytes, version }
    cache.set(current, asked)
    return current
  })

  const preserveCurrent = Effect.fnUntraced(function* (current: Current) {
    const { value: root } = current.evidence
    if (cache.isPreserved(root)) return
    const key: DocumentKey = { kind: "history", repository: root.repository.id, sequence: root.sequence }
    // An existing copy was made by another writer of the same root.
    yield* send(key, current.bytes, { _tag: "Absent" }).pipe(
      Effect.catchTag("DocumentConflict", () => Effect.void),
      Effect.provideService(ObjectStore, store)
    )
    cache.markPreserved(root)
  })

  /** Returns what became of our root, which is recognised by its nonce even if it was replaced since. */
  const readBack = Effect.fnUntraced(function* (
    ours: Root,
    bytes: Uint8Array,
    base: Expected
  ): Effect.fn.Return<ReadBack, ObjectCorrupt | StoreUnavailable> {
    const repository = ours.repository.id
    const found = yield* store.documents.read(rootKey(repository), base._tag === "Version" ? base.version : undefined)
    const back = judged(found, bytes, base)
    if (back._tag !== "Other" || found._tag !== "Found") return back
    const { sequence } = yield* decoded(rootKey(repository), found.document.bytes)
    if (sequence <= ours.sequence) return back
    const key: DocumentKey = { kind: "history", repository, sequence: ours.sequence }
    const copy = yield* store.documents.read(key)
    if (copy._tag !== "Found") {
      return yield* new ObjectCorrupt({ key: documentPath(key), reason: "a root was replaced without leaving a copy" })
    }
    const landed = (yield* decoded(key, copy.document.bytes)).nonce === ours.nonce
    return landed ? { _tag: "Replaced" } : back
  })

  /** Writes a root over `base` and finds out whether that took effect. */
  const write = Effect.fnUntraced(function* (root: Root, bytes: Uint8Array, base: Expected) {
    const repository = root.repository.id
    const key = rootKey(repository)
    const asked = yield* Clock.currentTimeMillis
    const version = yield* settled(
      key,
      store.documents.write(key, bytes, base),
      Effect.mapError(readBack(root, bytes, base), (cause) => new RootOutcomeUnknown({ repository, cause }))
    )
    const evidence = evidenceOf(root, bytes)
    if (Option.isSome(version)) cache.set({ evidence, bytes, version: version.value }, asked)
    return evidence
  })

  /**
   * Puts into records of their own what a root is about to name: chunks of refs, and a catalog where there are too many
   * packs for the root.
   */
  const settledRoot = (root: Root) => Effect.flatMap(chunks.settled(root), withCatalog)

  const withCatalog = Effect.fnUntraced(
    function* ({ puts, root }: SettledRefs) {
      if (root.packs.length <= recentPacksMax) return { root, puts }
      const { id } = root.repository
      const settled = root.catalog === null ? [] : (yield* readCatalog(id, root.catalog)).packs
      const record = yield* inSlices(() => encodingCatalog({ packs: [...settled, ...root.packs] }))
      const put = Effect.provideService(putCatalog(id, record), ObjectStore, store)
      return { root: { ...root, catalog: record.sha256, packs: [] }, puts: [...puts, put] }
    },
    Effect.provideService(ObjectStore, store)
  )

  /** Writes what goes into the store before a root, side by side. */
  const putBefore = (puts: SettledRefs["puts"]) => Effect.all(puts, { concurrency: storeConcurrency, discard: true })

  return { cache, chunks, readCurrent, preserveCurrent, write, settledRoot, putBefore }
}
