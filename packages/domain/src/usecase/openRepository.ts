/**
 * From a name in a URL to a repository that the caller may use. Names and roots are found by the index, and in the
 * store when the index is down or does not know them, so clones go on without a database.
 */
import { Effect, Option, Schema } from "effect"
import { readName } from "../invariant/DocumentWriter.ts"
import { Roots } from "../invariant/Roots.ts"
import type { RepositoryId } from "../object/Id.ts"
import { IndexStore } from "../port/IndexStore.ts"
import type { StoredDocument } from "../port/Stored.ts"
import { Slug, UserName } from "../repository/Names.ts"
import type { Role, Root } from "../repository/Root.ts"
import { authorize, type Principal, RepositoryUnknown } from "./access.ts"
import { catchUp } from "./catchUp.ts"

/** A repository that is open for the action that was asked for. */
export interface OpenRepository {
  readonly id: RepositoryId
  readonly root: StoredDocument<Root>
  /** False while the index cannot be asked. Reading goes on from the store alone. */
  readonly indexed: boolean
}

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

/** What the index says of the name: the repository and the root it reflects, or that it cannot be asked. */
const lookUp = Effect.fnUntraced(function* (owner: UserName, slug: Slug) {
  const index = yield* IndexStore
  const row = yield* index.repositoryByName(owner, slug).pipe(
    Effect.tapError((error) => Effect.logWarning("reading from the store alone", error)),
    Effect.option
  )
  if (Option.isSome(row) && Option.isSome(row.value)) {
    return Option.some({ id: row.value.value.repository.id, indexed: true, reflects: row.value.value.rootSequence })
  }
  const claimed = yield* readName(owner, slug)
  return Option.map(claimed, (id) => ({ id, indexed: Option.isSome(row), reflects: -1 }))
})

/**
 * Opens a repository for an action. Fails with `RepositoryUnknown` when there is none or the caller may not see it,
 * and with
 * `Unauthenticated` or `Forbidden` when they may see it but not do this.
 */
export const openRepository = Effect.fn("openRepository")(function* (
  ownerText: string,
  slugText: string,
  principal: Principal | null,
  action: Role
) {
  const unknown = new RepositoryUnknown({ name: `${ownerText}/${slugText}` })
  const name = yield* Effect.mapError(
    Effect.fromOption(decodeName({ owner: ownerText, slug: slugText })),
    () => unknown
  )
  const found = yield* Effect.mapError(Effect.fromOption(yield* lookUp(name.owner, name.slug)), () => unknown)
  const roots = yield* Roots
  const root = yield* Effect.catchTag(roots.read(found.id), "RootMissing", () => unknown)
  yield* authorize(root.value, principal, action)
  const behind = found.indexed && found.reflects < root.value.sequence
  const indexed = behind ? yield* caughtUp(root, action) : found.indexed
  return { id: found.id, root, indexed } satisfies OpenRepository as OpenRepository
})

/**
 * Brings the index up. Reading goes on from the store alone when that fails, be it that the index is away or that one
 * damaged object keeps it from being filled; writing needs the index whole.
 */
const caughtUp = (root: StoredDocument<Root>, action: Role) =>
  catchUp(root).pipe(
    Effect.as(true),
    Effect.catch((error) =>
      action === "read"
        ? Effect.as(Effect.logWarning("the index stays behind; reading from the store alone", error), false)
        : Effect.fail(error)
    )
  )
