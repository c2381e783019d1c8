import { Effect } from "effect"
import type { SnapshotId } from "../../object/Id.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"

/** Returns the tree of a snapshot. Reading one is heavy work; one that is in memory needs no place for it. */
export const treeOf = Effect.fnUntraced(function* (open: OpenRepository, snapshot: SnapshotId) {
  const reader = yield* SnapshotReader
  return reader.kept(open.id, snapshot) ?? (yield* admitted("list", reader.tree(open, snapshot)))
})
