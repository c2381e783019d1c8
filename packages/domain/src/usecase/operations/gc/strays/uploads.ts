/** What clients uploaded past the hub, and no push took in. */
import { Effect, Option, Stream } from "effect"
import type { BlobId, RepositoryId } from "../../../../object/Id.ts"
import { ObjectStore, type StoreUnavailable } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { storeConcurrency } from "../../../../port/storeConcurrency.ts"
import type { UploadEntry } from "../Plan.ts"

/** Items per page of a listing. */
const pageSize = 1000

/** Streams the uploads of a repository that were stored before a time, in milliseconds since 1970. */
export const abandonedUploads = (
  repository: RepositoryId,
  beforeMillis: number
): Stream.Stream<UploadEntry, StoreUnavailable, ObjectStore> =>
  Stream.unwrap(
    Effect.map(ObjectStore, ({ signed }) =>
      Option.match(signed, {
        onNone: () => Stream.empty,
        onSome: ({ uploads }) =>
          everyItem(pageSize, (page) => uploads.list(repository, page)).pipe(
            Stream.filter(({ storedAtMillis }) => storedAtMillis <= beforeMillis),
            Stream.map(({ id, size }): UploadEntry => ({ kind: "upload", repository, id: id as BlobId, size }))
          )
      })
    )
  )

/** Deletes uploads as they are listed. Nothing refers to one: a client that comes back sends it again. */
export const deleteUploads = <E, R>(listed: Stream.Stream<UploadEntry, E, R>) =>
  Stream.unwrap(
    Effect.map(ObjectStore, ({ signed }) =>
      Stream.mapEffect(
        listed,
        (entry) =>
          Option.match(signed, {
            onNone: () => Effect.succeed(entry),
            onSome: ({ uploads }) => Effect.as(uploads.delete(entry), entry)
          }),
        { concurrency: storeConcurrency, unordered: true }
      )
    )
  )
