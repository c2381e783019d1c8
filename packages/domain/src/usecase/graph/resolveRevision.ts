/**
 * Finds the commit that a caller names, by its id or as a revision (docs/names.md, "What a name means"). A commit is
 * found if some ref has led to it.
 */
import { Effect } from "effect"
import { isCommitId } from "../../object/Id.ts"
import { aliasIn } from "../../invariant/refs/aliases.ts"
import { commitNamed, meaningBesideId } from "../../invariant/refs/revisions.ts"
import { CommitUnknown } from "./CommitUnknown.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { visibleGraph } from "./commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { requireUnknown } from "../recovery/lostRows.ts"

/**
 * Returns the commit with this id, or that a legacy hub called so. Other text that is not an id is the id of none.
 */
export const visibleCommit = Effect.fnUntraced(function* (open: OpenRepository, named: string) {
  const id = (yield* aliasIn(open.root.value, named)) ?? named
  if (!isCommitId(id)) {
    const remedy = yield* meaningBesideId(open.root.value, id)
    return yield* new CommitUnknown({ commit: id, ...(remedy === undefined ? {} : { remedy }) })
  }
  const index = yield* CommitIndex
  const found = open.indexed
    ? index.ancestry(open.id, [id], 1)
    : admitted(
        "list",
        Effect.flatMap(visibleGraph(open), (graph) => graph.resolve([id]))
      )
  const [node] = yield* found
  if (node !== undefined) return node
  if (open.indexed) yield* requireUnknown(open.root.value, [{ type: "commit", id }])
  return yield* new CommitUnknown({ commit: id })
})

/** Returns the commit that a revision names: a commit by its id, or the head of a branch. */
export const resolveRevision = Effect.fnUntraced(function* (open: OpenRepository, revision: string) {
  return yield* visibleCommit(open, yield* commitNamed(open.root.value, revision))
})
