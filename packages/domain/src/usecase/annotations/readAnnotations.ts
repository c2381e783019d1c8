/** What was said about commits after they were made: from the index, or from the store alone while it is away. */
import { Effect, Option, Stream } from "effect"
import { readAnnotation } from "../../invariant/RepositoryDocuments.ts"
import type { CommitId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { Remarks } from "../../repository/Annotation.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Names in a listing that are asked for at a time. */
const namesAtATime = 1000

/** Annotations of these commits, from the store alone. Most repositories have few, so all their names are listed. */
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

/** Remarks about visible commits, where they may be more than the commits' own records say. */
export const remarksAbout = Effect.fnUntraced(function* (open: OpenRepository, commits: ReadonlySet<CommitId>) {
  const index = yield* CommitIndex
  return yield* open.indexed ? index.remarks(open.id, [...commits]) : storedRemarks(open, commits)
})
