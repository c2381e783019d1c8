/**
 * Records the rows of a repository again from its packs, which were found to be whole, and verifies it once more. What
 * is told then could not be mended.
 */
import { Effect } from "effect"
import { expected } from "../../../base/expected.ts"
import { Roots } from "../../../invariant/Roots.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import { type Finding, rowTags } from "./Finding.ts"
import { Inspection, Tally } from "./Inspection.ts"
import type { Reading } from "./Reading.ts"
import { verifyRepository } from "./verifyRepository.ts"

/** Repairs the rows of a repository after an inspection that found nothing wrong but them. */
export const repairRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  reading: Reading,
  onFinding: (finding: Finding) => Effect.Effect<void>
) {
  const index = yield* RepositoryIndex
  const roots = yield* Roots
  const repository = expected(inspection.repository ?? undefined, "the repository of an inspection")
  const recorded = Effect.gen(function* () {
    if (!inspection.lacksRowsOnly) yield* index.forget(repository)
    const root = yield* roots.read(repository)
    // Rows that turn out to be wrong are deleted, and recorded again at the second attempt.
    yield* Effect.retry(catchUp(root), { while: ({ _tag }) => _tag === "IndexUnavailable", times: 1 })
  })
  // What was whole a moment ago was damaged meanwhile: the second inspection tells.
  yield* Effect.catchTags(recorded, {
    RootMissing: (error) => Effect.logWarning("rows could not be recorded", error),
    RefsLost: (error) => Effect.logWarning("rows could not be recorded", error),
    ObjectMissing: (error) => Effect.logWarning("rows could not be recorded", error),
    ObjectCorrupt: (error) => Effect.logWarning("rows could not be recorded", error)
  })
  const { tally } = inspection
  const before = inspection.faultsOf(rowTags)
  const again = new Inspection(inspection.level, repository, new Tally(), (finding) =>
    rowTags.has(finding._tag) ? onFinding(finding) : Effect.void
  )
  yield* verifyRepository(again, repository, reading, true)
  yield* again.end
  const left = again.faultsOf(rowTags)
  tally.faults += left - before
  tally.mended += Math.max(0, before - left)
})
