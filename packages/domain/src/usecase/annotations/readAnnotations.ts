/** Reads the annotations of commits from the index or, while it is unavailable, from the store. */
import { Effect, Option, Stream } from "effect"
import { readAnnotation } from "../../invariant/RepositoryDocuments.ts"
import type { CommitId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { Remarks } from "../../repository/Annotation.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** The number of names per page of a listing. */
const namesAtATime = 1000

/**
 * Reads the annotations of these commits from the store alone. Most repositories have few annotations, so all their
 * names are listed.
 */
const storedRemarks = Effect.fnUntraced(function* (open: OpenRepository, commits: ReadonlySet<CommitId>) {
  const store = yield* ObjectStore
  const remarks = new Map<CommitId, Remarks>()
  yield* everyItem(namesAtATime, (page) =>
    store.documents.list({ kind: "annotation", repository: open.id }, page)
  ).pipe(
    Stream.map((name) => name as CommitId),
    Stream.filter((id) => commits.has(id)),
    Stream.mapEffect(
      (id) =>
        Effect.map(readAnnotation(open.id, id), (found) => {
          if (Option.isSome(found)) remarks.set(id, found.value.value)
        }),
      { concurrency: storeConcurrency, unordered: true }
    ),
    Stream.runDrain
  )
  return remarks
})

/** Returns remarks about visible commits. They may say more than the commits' own records. */
export const remarksAbout = Effect.fnUntraced(function* (open: OpenRepository, commits: ReadonlySet<CommitId>) {
  const index = yield* CommitIndex
  return yield* fromIndexElse(open, index.remarks(open.id, [...commits]), storedRemarks(open, commits))
})
