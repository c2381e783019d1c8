/** Verifies one repository: its root and name, packs, objects, refs, documents, and its rows in the index. */
import { Effect } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import type { CommitIndex } from "../../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../../port/index/ObjectIndex.ts"
import type { PackIndex } from "../../../port/index/PackIndex.ts"
import type { ProposalIndex } from "../../../port/index/ProposalIndex.ts"
import type { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { isErased } from "../../../repository/Root.ts"
import { checkCommitRows } from "./rows/checkCommitRows.ts"
import { checkContent } from "./packs/checkContent.ts"
import { checkHistory } from "./documents/checkHistory.ts"
import { checkIndex } from "./rows/checkIndex.ts"
import { CommitNodes } from "./packs/CommitNodes.ts"
import { HeldObjects } from "./packs/checkingObjects.ts"
import { checkLargeBlobs, listLarge } from "./packs/checkLargeBlobs.ts"
import { checkPacks } from "./packs/checkPacks.ts"
import { checkAnnotations, checkProposals } from "./documents/checkProposals.ts"
import { checkRefs } from "./documents/checkRefs.ts"
import { checkRoot } from "./documents/checkRoot.ts"
import { noteLostRows } from "./lost/noteLostRows.ts"
import { checkIntroductions } from "./rows/checkIntroductions.ts"
import { checkRows } from "./rows/checkRows.ts"
import type { Inspection } from "./Inspection.ts"
import type { Reading } from "./Reading.ts"

export type VerifyRepositoryError = StoreUnavailable | IndexUnavailable

/** What verifying a repository reads. */
export type VerifyRepositoryServices =
  | CommitIndex
  | ObjectIndex
  | ObjectStore
  | PackIndex
  | ProposalIndex
  | RepositoryIndex

/** Verifies a repository. `isClaimed` says whether a name leads to it. Returns whether its root can be read. */
export const verifyRepository = Effect.fn("verifyRepository")(function* (
  inspection: Inspection,
  repository: RepositoryId,
  reading: Reading,
  isClaimed: boolean
): Effect.fn.Return<boolean, VerifyRepositoryError, VerifyRepositoryServices> {
  const checked = yield* checkRoot(inspection, repository, isClaimed)
  if (checked === undefined) return false
  const { root } = checked
  if (reading.isDone(inspection.level, root.sequence)) {
    inspection.tally.skipped += 1
    return true
  }
  if (isErased(root)) {
    // The mark is all of it.
    if (inspection.level !== "quick") yield* reading.finish(inspection.level, root, [], [])
    return true
  }
  const { isWhole, named, packs, table } = yield* checkPacks(inspection, root)
  const isIndexed = yield* checkIndex(inspection, checked, named, packs)
  yield* checkHistory(inspection, root)
  yield* checkRefs(inspection, root, table)
  if (inspection.level === "quick") return true
  const held = new HeldObjects(table, yield* listLarge(repository), { isIndexed, isWhole })
  if (isIndexed) yield* checkRows(inspection, repository, held)
  const nodes = new CommitNodes(table)
  yield* checkContent(inspection, held, { reading, nodes })
  if (isIndexed && !isWhole) yield* noteLostRows(inspection, repository, held)
  if (isIndexed) yield* checkCommitRows(inspection, repository, held, nodes)
  if (isIndexed) yield* checkIntroductions(inspection, repository, held)
  yield* checkProposals(inspection, root, table, isIndexed)
  yield* checkAnnotations(inspection, repository, table)
  yield* checkLargeBlobs(inspection, repository, held.large)
  if (!inspection.hasFaults) yield* reading.finish(inspection.level, root, named, held.large.values())
  return true
})
