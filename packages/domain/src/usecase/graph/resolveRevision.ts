/** Resolves a revision, which is a branch name or a commit id, to a commit that some ref has led to. */
import { Effect, Schema } from "effect"
import { CommitId } from "../../object/Id.ts"
import { knownHead } from "../../repository/rule/branchRules.ts"
import { CommitUnknown } from "./CommitUnknown.ts"
import { visibleGraph } from "./commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"

const isCommitId = Schema.is(CommitId)

/** Returns the commit with this id; text that is not an id is the id of none. */
export const visibleCommit = Effect.fnUntraced(function* (open: OpenRepository, id: string) {
  if (!isCommitId(id)) return yield* new CommitUnknown({ commit: id })
  const [node] = yield* (yield* visibleGraph(open)).resolve([id])
  return node ?? (yield* new CommitUnknown({ commit: id }))
})

/** Returns the commit with this id, or the head of the branch with this name. 64 hex digits are always a commit id. */
export const resolveRevision = Effect.fnUntraced(function* (open: OpenRepository, revision: string) {
  return yield* visibleCommit(open, isCommitId(revision) ? revision : yield* knownHead(open.root.value, revision))
})
