/** Finding a commit that somebody names: by a branch, or by its id. What no ref ever led to is not there. */
import { Effect, Schema } from "effect"
import { CommitId } from "../../object/Id.ts"
import { knownHead } from "../../repository/rule/branchRules.ts"
import { CommitUnknown } from "./CommitUnknown.ts"
import { visibleGraph } from "./commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"

const isCommitId = Schema.is(CommitId)

/** The commit of this id. Fails with `CommitUnknown`, also for text that can be no id. */
export const visibleCommit = Effect.fnUntraced(function* (open: OpenRepository, id: string) {
  if (!isCommitId(id)) return yield* new CommitUnknown({ commit: id })
  const [node] = yield* (yield* visibleGraph(open)).resolve([id])
  return node ?? (yield* new CommitUnknown({ commit: id }))
})

/** The commit of this id, or the one that the branch of this name is at. 64 hex digits are always a commit. */
export const resolveRevision = Effect.fnUntraced(function* (open: OpenRepository, revision: string) {
  return yield* visibleCommit(open, isCommitId(revision) ? revision : yield* knownHead(open.root.value, revision))
})
