/**
 * Adds the remarks in a push to commits that are already stored. The stored bytes stay as they are; reviewers and test
 * runs are joined into the annotation (docs/wire.md, section 6, point 5).
 */
import { Effect } from "effect"
import type { Commit } from "../../object/Commit.ts"
import { orDefault } from "../../base/expected.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { noRemarks, remarksOf, saysAll, saysSomething } from "../../repository/Annotation.ts"
import { joinRemarksTo } from "./annotate.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Joins the remarks of commits that the repository has. */
export const annotatePushed = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  resent: ReadonlyArray<Pick<Commit, "id" | "record">>
) {
  const index = yield* CommitIndex
  const saying = resent.filter(({ record }) => saysSomething(remarksOf(record)))
  if (saying.length === 0) return
  const said = yield* index.remarks(
    open.id,
    saying.map(({ id }) => id)
  )
  const more = saying.filter(({ id, record }) => !saysAll(orDefault(said.get(id), noRemarks), remarksOf(record)))
  yield* Effect.forEach(more, ({ id, record }) => joinRemarksTo(open, id, remarksOf(record)), {
    concurrency: storeConcurrency,
    discard: true
  })
})
