/** Commits of a repository that a caller names: those that some root led to count, and no others. */
import { Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { CommitUnknown } from "./CommitUnknown.ts"

/** The nodes of these commits. Fails with `CommitUnknown` for the first that no root ever led to. */
export const knownCommits = Effect.fnUntraced(function* (open: OpenRepository, ids: Iterable<CommitId>) {
  const index = yield* ObjectIndex
  const wanted = [...new Set(ids)]
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: wanted })
  const unknown = wanted.find((id) => !commits.has(id))
  if (unknown !== undefined) return yield* new CommitUnknown({ commit: unknown })
  return commits
})
