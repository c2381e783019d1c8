/**
 * Lists deleted repositories. Each is noted in the store before it is deleted, since the index has no rows of it; the
 * root decides. A note stays when a deletion is undone, and goes with the bytes.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { deletionCodec } from "../../hub/codecs.ts"
import { send } from "../../invariant/Document.ts"
import { Roots } from "../../invariant/Roots.ts"
import { RepositoryId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { DocumentName, type FullName, type UserName } from "../../repository/Names.ts"
import { graceMillis } from "./gc/Plan.ts"

/** Names per page of the listing. */
const pageSize = 1000

const collection = { kind: "hub", collection: "deletions" } as const

const keyOf = (repository: RepositoryId) => ({ ...collection, name: DocumentName.make(repository) }) as const

/** Notes that a repository is about to be deleted. */
export const noteDeletion = (repository: RepositoryId) =>
  send(keyOf(repository), deletionCodec.encode({ repository }), { _tag: "Any" })

/** Deletes the note of a repository whose bytes are gone. */
export const forgetDeletion = (repository: RepositoryId) =>
  Effect.flatMap(ObjectStore, ({ documents }) => documents.delete(keyOf(repository)))

/** A repository that was deleted and can be brought back. */
export interface Deleted {
  readonly repository: RepositoryId
  readonly name: FullName
  /** By the store's clock: ISO 8601, UTC. */
  readonly at: string
  readonly by: UserName
  /** Until when a collection with the usual grace period leaves it: ISO 8601, UTC. */
  readonly until: string
}

const readDeleted = Effect.fnUntraced(function* (repository: RepositoryId) {
  const { value: root } = yield* (yield* Roots).read(repository)
  if (root.deletion === null || root.deletion.bytes !== "kept") return Option.none<Deleted>()
  const { at, by } = root.deletion
  const until = new Date(Date.parse(at) + graceMillis).toISOString()
  return Option.some<Deleted>({ repository, name: root.repository, at, by, until })
})

export type DeletedRepositoriesError = ObjectCorrupt | StoreUnavailable

/** Lists the repositories that were deleted and can be brought back, those first that were deleted first. */
export const deletedRepositories = Effect.fn("deletedRepositories")(function* (): Effect.fn.Return<
  ReadonlyArray<Deleted>,
  DeletedRepositoriesError,
  ObjectStore | Roots
> {
  const { documents } = yield* ObjectStore
  const found = yield* everyItem(pageSize, (page) => documents.list(collection, page)).pipe(
    Stream.filter(Schema.is(RepositoryId)),
    Stream.mapEffect((id) => Effect.catchTag(readDeleted(id), "RootMissing", () => Effect.succeedNone), {
      concurrency: storeConcurrency,
      unordered: true
    }),
    Stream.flatMap((deleted) => Stream.fromIterable(Option.toArray(deleted))),
    Stream.runCollect
  )
  return found.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
})
