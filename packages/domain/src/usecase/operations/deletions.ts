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
import { everyItem, type Page, type PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { DocumentName, type FullName, type UserName } from "../../repository/Names.ts"
import type { Deletion, Root } from "../../repository/Root.ts"
import { permitted, type Principal } from "../access/policy.ts"
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

/** Days for which a collection leaves what was deleted. */
export const graceDays = graceMillis / (24 * 60 * 60 * 1000)

/** Returns until when a collection with the usual grace period leaves a deleted repository. */
export const keptUntil = ({ at }: Pick<Deletion, "at">): string => new Date(Date.parse(at) + graceMillis).toISOString()

const deletedIn = ({ deletion, repository }: Root): Option.Option<Deleted> =>
  deletion === null || deletion.bytes !== "kept"
    ? Option.none()
    : Option.some({
        repository: repository.id,
        name: repository,
        at: deletion.at,
        by: deletion.by,
        until: keptUntil(deletion)
      })

const readDeleted = Effect.fnUntraced(function* (repository: RepositoryId) {
  const { value: root } = yield* (yield* Roots).read(repository)
  return deletedIn(root)
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

/** Notes that one page looks at, each with a root: more of other users make a page short rather than late. */
const examinedMax = 100

/** Reads a root, if the caller may bring its repository back. */
const readOwn = Effect.fnUntraced(function* (principal: Principal, repository: RepositoryId) {
  const { value: root } = yield* (yield* Roots).read(repository)
  const deleted = deletedIn(root)
  if (Option.isNone(deleted)) return deleted
  const hidden = () => Effect.succeed(Option.none<Deleted>())
  return yield* Effect.catchTags(Effect.as(permitted(root, principal, "undelete"), deleted), {
    RepositoryUnknown: hidden,
    Unauthenticated: hidden,
    Forbidden: hidden,
    RepositoryArchived: hidden
  })
})

const leftOut = (error: { readonly message: string }) =>
  Effect.as(Effect.logError("left out of a list of deleted repositories", error), Option.none<Deleted>())

/**
 * Lists the repositories that were deleted and that the caller can bring back. A page may be short, even empty, before
 * the end.
 */
export const ownDeletedRepositories = Effect.fn("ownDeletedRepositories")(function* (
  principal: Principal,
  { after }: Pick<PageRequest, "after">
): Effect.fn.Return<Page<Deleted>, StoreUnavailable, ObjectStore | Roots> {
  const { documents } = yield* ObjectStore
  const { items, next } = yield* documents.list(collection, { after, limit: examinedMax })
  const found = yield* Effect.forEach(
    items.filter(Schema.is(RepositoryId)),
    (id) =>
      Effect.catchTags(readOwn(principal, id), {
        RootMissing: () => Effect.succeedNone,
        ObjectCorrupt: leftOut
      }),
    { concurrency: storeConcurrency }
  )
  const page: Page<Deleted> = { items: found.flatMap(Option.toArray), next }
  return page
})
