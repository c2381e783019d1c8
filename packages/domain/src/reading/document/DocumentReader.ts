/** Reads the documents of people from trees. One that was decoded stays in memory, by the id of its blob. */
import { Context, Effect, Layer } from "effect"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import { type ObjectReadError, readBlob } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { servedSize } from "../../invariant/servedObjects.ts"
import { type BlobId, emptyBlobId, type RepositoryId, type SnapshotId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ManifestSource } from "../keptManifests.ts"
import { SnapshotReader } from "../SnapshotReader.ts"
import {
  absentDocument,
  decodeDocument,
  documentBytesMax,
  type DocumentKind,
  type FoundDocument
} from "./DocumentKind.ts"

type Read<A> = Effect.Effect<FoundDocument<A>, ObjectReadError, ObjectStore | Packs>

/** Reads a document. The default keeps none, for the operator's commands; `layer` does. */
export const DocumentReader = Context.Reference<{
  readonly of: <A>(kind: DocumentKind<A>, repository: RepositoryId, blob: BlobId) => Read<A>
}>("@musehub/domain/reading/document/DocumentReader", { defaultValue: () => ({ of: readDocument }) })

const readDocument = Effect.fnUntraced(function* <A>(kind: DocumentKind<A>, repository: RepositoryId, id: BlobId) {
  // The empty blob may never have been uploaded.
  if (id === emptyBlobId) return decodeDocument(kind, new Uint8Array(0))
  const size = yield* servedSize({ repository, type: "blob", id })
  return decodeDocument(kind, size > documentBytesMax ? undefined : yield* readBlob(repository, id))
})

/** Documents in memory: the largest take some 2 MiB each, and most less than 10 KiB. */
const keptMax = 64

export const layer: Layer.Layer<never> = Layer.sync(DocumentReader, () => {
  const kept = new SharedReads<string, FoundDocument<unknown>>(keptMax, () => 1)
  return {
    of: <A>(kind: DocumentKind<A>, repository: RepositoryId, id: BlobId): Read<A> =>
      Effect.map(
        kept.getOrRead(`${repository}/${id}/${kind.path}`, readDocument(kind, repository, id)),
        // The key names the kind.
        (found) => found as FoundDocument<A>
      )
  }
})

/** Reads a document of a snapshot. */
export const documentIn = Effect.fnUntraced(function* <A>(
  source: ManifestSource,
  snapshot: SnapshotId,
  kind: DocumentKind<A>
) {
  const trees = yield* SnapshotReader
  const blob = (yield* trees.tree(source, snapshot)).entry(kind.path)
  if (blob === undefined) return absentDocument
  const { of } = yield* DocumentReader
  return yield* of(kind, source.id, blob)
})
