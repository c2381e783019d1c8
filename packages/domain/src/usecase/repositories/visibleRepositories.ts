/**
 * Lists the repositories that a caller may see: from the index or, while it is away, from the claimed names in the
 * store. Each root decides whether it may be read.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { listNames, readClaim } from "../../invariant/NameClaims.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { RepositoryIndex, type RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { CursorRefused, type Page, pageOf, type PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { identitySlug } from "../../repository/rule/isIdentity.ts"
import { DocumentName, type FullName, nameDocument, type UserName } from "../../repository/Names.ts"
import { hasName, type Repository, type Root } from "../../repository/Root.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import { Organizations } from "../access/Organizations.ts"
import { permitted, type Principal } from "../access/policy.ts"

interface Filter {
  readonly owner?: UserName | undefined
}

/**
 * The maximum number of rows or names that one call examines, at one read of the store for a row and two for a name. So
 * a page is short rather than late where the index is behind many roots, or where the store has many names that are
 * hidden from the caller.
 */
const rowsMax = 1000
const namesMax = 500

const leftOut = (error: { readonly message: string }) => Effect.as(Effect.logError("left out of a list", error), [])

/** Returns the root, if the caller may read it. */
const visible = Effect.fnUntraced(function* (principal: Principal | null, repository: RepositoryId) {
  const roots = yield* Roots
  return yield* roots.read(repository).pipe(
    Effect.tap((root) => permitted(root.value, principal, "read")),
    Effect.map((root): ReadonlyArray<Root> => [root.value]),
    Effect.catchTags({
      RepositoryUnknown: () => Effect.succeed([]),
      Unauthenticated: () => Effect.succeed([]),
      Forbidden: () => Effect.succeed([]),
      RepositoryArchived: () => Effect.succeed([]),
      // One damaged repository must not hide all the others.
      RootMissing: leftOut,
      ObjectCorrupt: leftOut
    })
  )
})

/** Returns the root of the repository that has the name; a former name and one that is being claimed have none. */
const visibleName = Effect.fnUntraced(function* (principal: Principal | null, name: FullName) {
  const claim = yield* Effect.catchTag(readClaim(name), "ObjectCorrupt", (error) =>
    Effect.map(leftOut(error), () => Option.none())
  )
  if (Option.isNone(claim)) return []
  return (yield* visible(principal, claim.value.repository)).filter((root) => hasName(root, name))
})

/** The most organisations whose teams a list of all repositories knows. */
const organizationsMax = 1000

/** Lists the repositories in which the caller has a role by teams, of one owner if given. */
const grantedByTeams = Effect.fnUntraced(function* (principal: Principal | null, { owner }: Filter) {
  const { granted, isOn } = yield* Organizations
  // A token for one repository opens it by its name.
  if (!isOn || principal === null || principal.repository !== null) return undefined
  const index = yield* RepositoryIndex
  const { items } = yield* index.repositories({ owner, slug: identitySlug }, { limit: organizationsMax })
  return yield* granted(principal.user, items)
})

const fromIndex = Effect.fnUntraced(function* (principal: Principal | null, { owner }: Filter, page: PageRequest) {
  const index = yield* RepositoryIndex
  const filter = { owner, granted: yield* grantedByTeams(principal, { owner }) }
  const items: Array<Repository> = []
  let next = Option.fromUndefinedOr(page.after)
  let examined = 0
  do {
    const rows: Page<RepositoryRow> = yield* index.readableRepositories(principal, filter, {
      after: Option.getOrUndefined(next),
      limit: page.limit - items.length
    })
    const found = yield* Effect.forEach(rows.items, ({ repository }) => visible(principal, repository.id), {
      concurrency: storeConcurrency
    })
    items.push(...found.flat().map(({ repository }) => repository))
    examined += rows.items.length
    next = rows.next
  } while (Option.isSome(next) && items.length < page.limit && examined < rowsMax)
  const listed: Page<Repository> = { items, next }
  return listed
})

/** Begins the cursors of lists from the store: they are in another order than those of the index. */
const storeCursor = "store:"

/** Lists in the order of the documents of the names, in which the names of one owner follow each other. */
const fromStore = Effect.fnUntraced(function* (
  principal: Principal | null,
  { owner }: Filter,
  { after, limit }: PageRequest
) {
  const start = owner === undefined ? "" : `${owner}.`
  const names = yield* listNames({ after: after ?? (start === "" ? undefined : start), limit: namesMax })
  const wanted = names.items.filter((name) => nameDocument(name).startsWith(start))
  const found = yield* Stream.fromIterable(wanted).pipe(
    Stream.mapEffect((name) => visibleName(principal, name), { concurrency: storeConcurrency }),
    Stream.flatMap(Stream.fromIterable),
    Stream.map(({ repository }) => repository),
    Stream.take(limit + 1),
    Stream.runCollect
  )
  const shown = pageOf(found, nameDocument, { limit })
  const beyond = Option.filter(names.next, (last) => last.startsWith(start))
  const listed: Page<Repository> = {
    items: shown.items,
    next: Option.map(
      Option.orElse(shown.next, () => beyond),
      (last) => `${storeCursor}${last}`
    )
  }
  return listed
})

const decodeDocument = Schema.decodeUnknownOption(DocumentName)

export type VisibleRepositoriesError = CursorRefused | StoreUnavailable | IndexUnavailable

/**
 * Lists the repositories that the caller may read, in order of owner and slug. A page may be short, even empty, before
 * the end. A list goes on where it began, so one that began in the index needs it for the next page.
 */
export const visibleRepositories = Effect.fn("visibleRepositories")(function* (
  principal: Principal | null,
  filter: Filter,
  page: PageRequest
): Effect.fn.Return<Page<Repository>, VisibleRepositoriesError, ObjectStore | RepositoryIndex | Roots> {
  const { after } = page
  if (after === undefined) {
    return yield* fromIndexElse(
      { indexed: true },
      fromIndex(principal, filter, page),
      fromStore(principal, filter, page)
    )
  }
  if (!after.startsWith(storeCursor)) return yield* fromIndex(principal, filter, page)
  const document = yield* Effect.mapError(
    Effect.fromOption(decodeDocument(after.slice(storeCursor.length))),
    () => new CursorRefused({ reason: "is not from an earlier answer" })
  )
  return yield* fromStore(principal, filter, { ...page, after: document })
})
