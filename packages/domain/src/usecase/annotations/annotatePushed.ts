/**
 * Adds the remarks in a push to commits that are already stored. The stored bytes stay as they are; reviewers and test
 * runs are joined into the annotation (docs/wire.md, section 6, point 5).
 */
import { Effect } from "effect"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import { orDefault } from "../../base/expected.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { Stored } from "../../port/Stored.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { noRemarks, remarksOf, saysAll, saysSomething } from "../../repository/Annotation.ts"
import { joinRemarksTo } from "./annotate.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface PushedCommits {
  readonly fresh: ReadonlyArray<Commit>
  /**
   * The stored form of `fresh`, in the same order. It may differ, because an earlier refused push may have stored a
   * commit first.
   */
  readonly storedCommits: ReadonlyArray<Stored<"commit">>
  /** Commits that the repository already had. */
  readonly resent: ReadonlyArray<Commit>
}

export const annotatePushed = Effect.fnUntraced(function* (open: OpenRepository<"write">, pushed: PushedCommits) {
  const index = yield* CommitIndex
  const saying = pushed.resent.filter(({ record }) => saysSomething(remarksOf(record)))
  const said =
    saying.length === 0
      ? new Map<CommitId, typeof noRemarks>()
      : yield* index.remarks(
          open.id,
          saying.map(({ id }) => id)
        )
  const more = saying.filter(({ id, record }) => !saysAll(orDefault(said.get(id), noRemarks), remarksOf(record)))
  const differing = pushed.fresh.filter(({ record }, place) => {
    const stored = pushed.storedCommits[place]
    return stored !== undefined && !saysAll(remarksOf(stored.value.record), remarksOf(record))
  })
  yield* Effect.forEach([...more, ...differing], ({ id, record }) => joinRemarksTo(open, id, remarksOf(record)), {
    concurrency: storeConcurrency,
    discard: true
  })
})
