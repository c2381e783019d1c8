/** Checks what the index says of a repository as a whole: its row, and which packs have rows. */
import { Effect, Equal } from "effect"
import { isPredecessor } from "../../../../invariant/RootHistory.ts"
import type { Sha256 } from "../../../../object/Id.ts"
import { PackIndex } from "../../../../port/index/PackIndex.ts"
import type { RepositoryRow } from "../../../../port/index/RepositoryIndex.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { PackRef } from "../../../../repository/PackRef.ts"
import { Repository, type Root } from "../../../../repository/Root.ts"
import type { CheckedRoot } from "../documents/checkRoot.ts"
import type { Inspection } from "../Inspection.ts"

const fields = Object.keys(Repository.fields) as ReadonlyArray<keyof Repository>

/** Names what a row says otherwise than the root. */
const differencesOf = ({ heads, repository }: Root, row: RepositoryRow): ReadonlyArray<string> => [
  ...fields.filter((field) => !Equal.equals(repository[field], row.repository[field])),
  ...(heads.count === row.branches ? [] : ["branches"])
]

/** Checks which packs the index has the objects of. */
const checkPackRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  { repository: { id }, sequence }: Root,
  named: ReadonlyArray<PackRef>,
  packs: ReadonlyArray<StoredPack>
) {
  const recorded = yield* (yield* PackIndex).packs(id)
  // The root has moved since it was read, and the rows with it.
  if (recorded.rootSequence !== sequence) return
  const place = (pack: Sha256) => `the rows of pack ${pack} of repository ${id}`
  const names = new Set(named.map(({ sha256 }) => sha256))
  for (const { ref } of packs) {
    if (recorded.packs.has(ref.sha256)) continue
    yield* inspection.report("PackUnrecorded", place(ref.sha256), "are not in the index, and a root names the pack")
  }
  for (const pack of recorded.packs.difference(names)) {
    yield* inspection.report("PackRowAstray", place(pack), "are in the index, and no root names the pack")
  }
})

/**
 * Checks the row of a repository. Returns whether the rows reflect its root: then there is one of each object. An index
 * that is behind catches up when the repository is next opened. A deleted repository has no rows.
 */
export const checkIndex = Effect.fnUntraced(function* (
  inspection: Inspection,
  { root, row, sha256 }: CheckedRoot,
  named: ReadonlyArray<PackRef>,
  packs: ReadonlyArray<StoredPack>
) {
  const { id } = root.repository
  const place = `the row of repository ${id}`
  // What rows there still are go when somebody asks for the repository.
  if (root.deletion !== null) return false
  if (row === undefined) {
    yield* inspection.report("RepositoryUnindexed", place, "is not in the index under its name", "notice")
    return false
  }
  if (row.rootSequence < 0) {
    yield* inspection.report("IndexBehind", place, "lists the repository, and its rows are not recorded yet", "notice")
    return false
  }
  if (row.rootSha256 !== sha256) {
    const { rootSequence } = row
    const isBehind = rootSequence < root.sequence && (yield* isPredecessor(root, rootSequence, row.rootSha256))
    yield* isBehind
      ? inspection.report("IndexBehind", place, `reflects root ${rootSequence} of ${root.sequence}`, "notice")
      : inspection.report("IndexAstray", place, `reflects root ${rootSequence}, which the store does not have`)
    return false
  }
  const differences = differencesOf(root, row)
  if (differences.length > 0) {
    yield* inspection.report("RepositoryRowDiffers", place, `differs from its root in ${differences.join(", ")}`)
  }
  yield* checkPackRows(inspection, root, named, packs)
  return true
})
