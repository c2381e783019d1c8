/** Finds the commits that are built upon one. Commits name their parents alone, so a history is looked through. */
import { Effect } from "effect"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import type { ShowCommitError } from "./readCommits.ts"

/** Children that are listed. */
const childrenMax = 20

const findingChildren = function* (lineage: Lineage, commit: TouchPlace): Slices<ReadonlyArray<CommitId>> {
  const found: Array<CommitId> = []
  const parent = lineage.placeOf(commit)
  if (parent === undefined) return found
  // A child has a higher place.
  for (let place = parent + 1; place < lineage.size && found.length < childrenMax; place++) {
    if (lineage.parentsAt(place).includes(parent)) found.push(lineage.idAt(place))
    if ((place - parent) % sliceEntries === 0) yield
  }
  return found
}

/**
 * Returns the first children of a commit in the history of the default branch, oldest generation first, `childrenMax`
 * at most. Without the index none are known.
 */
export const childrenOf = Effect.fn("childrenOf")(function* (
  open: OpenRepository,
  commit: CommitId
): Effect.fn.Return<
  ReadonlyArray<CommitId>,
  ShowCommitError,
  CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots
> {
  const { value: root } = open.root
  const head = yield* headOf(root, root.repository.defaultBranch)
  if (!open.indexed || head === undefined) return []
  const { generation } = yield* visibleCommit(open, commit)
  const lineage = yield* admitted("list", lineageOf(open.id, head))
  return yield* inSlices(() => findingChildren(lineage, { commit, generation }))
})
