/** The data that a merge reads: the commit graph, manifests and small blobs of one repository. */
import { Effect } from "effect"
import type { MergeSource } from "../../merge/merge.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { readBlob } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { servedSize } from "../../invariant/servedObjects.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import { expected } from "../../base/expected.ts"
import type { Index } from "../../port/index/Index.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectMissing, ObjectStore } from "../../port/ObjectStore.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import { manifestOf } from "../manifests/introductions.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export type MergeReadError = ObjectMissing | RefsError | ObjectCorrupt | IndexUnavailable

/** Creates a source for merges. It keeps every manifest that it read. */
export const mergeSource = Effect.fnUntraced(function* (open: OpenRepository) {
  const context = yield* Effect.context<ObjectStore | Packs | Index>()
  const graph = yield* visibleGraph(open)
  const manifests = new Map<CommitId, Manifest>()
  const source: MergeSource<MergeReadError, IndexUnavailable> = {
    graph,
    manifestOf: Effect.fnUntraced(function* (commit: CommitId) {
      const kept = manifests.get(commit)
      if (kept !== undefined) return kept
      const [node] = yield* graph.resolve([commit])
      const { snapshotId } = expected(node, `commit ${commit} in the graph`)
      const manifest = yield* Effect.provideContext(manifestOf(open, snapshotId), context)
      manifests.set(commit, manifest)
      return manifest
    }),
    readBlob: Effect.fnUntraced(function* (blob, bytesMax) {
      const size = yield* Effect.provideContext(servedSize({ repository: open.id, type: "blob", id: blob }), context)
      if (size > bytesMax) return undefined
      return yield* Effect.provideContext(readBlob(open.id, blob), context)
    })
  }
  return source
})
