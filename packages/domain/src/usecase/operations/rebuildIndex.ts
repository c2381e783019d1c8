/**
 * Fills the index from the store: users, tokens and domains first, then repositories, some at once. What the index has
 * is not read again, so a run that was ended goes on where it was. What is damaged or gone is left out, and reported; a
 * store or an index that does not answer ends the run, since silence says nothing of what is there.
 */
import { Effect, Option, Result, Schema, Stream } from "effect"
import {
  listHubDocuments,
  readToken,
  witnessDomain,
  witnessedToken,
  witnessUser
} from "../../invariant/HubDocuments.ts"
import { readClaim } from "../../invariant/NameClaims.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { Roots } from "../../invariant/Roots.ts"
import { type RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { DomainIndex } from "../../port/index/DomainIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { PeopleIndex } from "../../port/index/PeopleIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { type DocumentName, type FullName, UserName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import { isReflected } from "../access/isReflected.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"

/** What could not be read from the store, and is not in the index for that. */
export interface Loss {
  /** Names the document, the repository or the pack. */
  readonly what: string
  readonly reason: string
}

/** A repository whose rows are complete, but for its losses. */
export interface RebuiltRepository {
  readonly id: RepositoryId
  readonly name: FullName
  /** Count of the packs that its root names. */
  readonly packs: number
  readonly losses: ReadonlyArray<Loss>
}

export interface RebuiltIndex {
  readonly users: number
  readonly tokens: number
  readonly domains: number
  readonly repositories: number
  readonly packs: number
  readonly losses: ReadonlyArray<Loss>
}

/** Names, or repositories, per page of a listing. */
const pageSize = 1000
/** Repositories that are read at the same time. Each takes the memory of a batch of commits. */
const repositoriesAtOnce = 4

type HubCollection = "users" | "tokens" | "domains"

/** Reads the name of a document. Another file in the folder is reported like a damaged one. */
const named = <A>(schema: Schema.ConstraintDecoder<A>, collection: HubCollection, name: DocumentName) =>
  Effect.mapError(
    Effect.fromOption(Schema.decodeUnknownOption(schema)(name)),
    () => new ObjectCorrupt({ key: `hub/${collection}/${name}`, reason: "it has not the name of such a document" })
  )

const recordDocument: {
  readonly [C in HubCollection]: (
    name: DocumentName
  ) => Effect.Effect<void, ObjectCorrupt | StoreUnavailable | IndexUnavailable, DomainIndex | ObjectStore | PeopleIndex>
} = {
  users: Effect.fnUntraced(function* (name) {
    const index = yield* PeopleIndex
    const user = yield* witnessUser(yield* named(UserName, "users", name))
    if (Option.isSome(user)) yield* index.recordUser(user.value)
  }),
  tokens: Effect.fnUntraced(function* (name) {
    const index = yield* PeopleIndex
    const token = yield* readToken(yield* named(Sha256, "tokens", name))
    if (Option.isSome(token)) yield* index.recordToken(witnessedToken(token.value))
  }),
  domains: Effect.fnUntraced(function* (name) {
    const index = yield* DomainIndex
    const domain = yield* witnessDomain(name)
    if (Option.isSome(domain)) yield* index.recordDomain(domain.value)
  })
}

/** Records the documents of a collection. */
const recordAll = Effect.fnUntraced(function* (collection: HubCollection) {
  const losses: Array<Loss> = []
  const record = (name: DocumentName) =>
    Effect.catchTag(recordDocument[collection](name), "ObjectCorrupt", ({ message }) =>
      Effect.sync(() => void losses.push({ what: `hub/${collection}/${name}`, reason: message }))
    )
  const names = everyItem(pageSize, (page) => listHubDocuments(collection, page))
  const count = yield* names.pipe(
    Stream.mapEffect(record, { concurrency: storeConcurrency, unordered: true }),
    Stream.runCount
  )
  return { count: count - losses.length, losses }
})

/** Finds the packs that a root names and whose objects have no rows, since they cannot be read. */
const lostPacks = Effect.fnUntraced(function* (root: Root) {
  const { namedBy, open } = yield* Packs
  const { id } = root.repository
  const packs = yield* namedBy(root)
  const recorded = yield* (yield* PackIndex).packs(id)
  const lost = yield* Effect.forEach(
    packs.filter(({ sha256 }) => !recorded.packs.has(sha256)),
    Effect.fnUntraced(function* (ref) {
      const opened = yield* Effect.result(open(id, ref))
      const reason = Result.isFailure(opened) ? opened.failure.message : "its objects were not recorded"
      return { what: `pack ${ref.sha256} of repository ${id}`, reason }
    })
  )
  return { packs: packs.length, lost }
})

/** Brings the rows of a repository up to its root. A repository whose name was never claimed does not exist. */
const rebuildRepository = Effect.fnUntraced(function* (id: RepositoryId) {
  const roots = yield* Roots
  const index = yield* RepositoryIndex
  const root = yield* roots.read(id)
  const name = root.value.repository
  if (!Option.exists(yield* readClaim(name), ({ repository }) => repository === id)) return Option.none()
  const row = yield* index.repositoryByName(name.owner, name.slug)
  if (Option.isSome(row) && row.value.repository.id === id) yield* isReflected(root, row.value)
  // Rows that turn out to be wrong are deleted, and recorded again at the second attempt.
  yield* Effect.retry(catchUp(root), { while: ({ _tag }) => _tag === "IndexUnavailable", times: 1 })
  const { lost, packs } = yield* lostPacks(root.value)
  return Option.some<RebuiltRepository>({ id, name, packs, losses: lost })
})

/** Says what a repository without a root has left: nothing, if its creation was never finished. */
const withoutRoot = Effect.fnUntraced(function* (id: RepositoryId, reason: string) {
  const { items } = yield* (yield* ObjectStore).list(id, "pack", { limit: 1 })
  const loss: Loss = { what: `the root of repository ${id}`, reason }
  return items.length === 0 ? [] : [loss]
})

export type RebuildError = StoreUnavailable | IndexUnavailable

/** What a rebuild reads and writes. */
export type RebuildServices = CatchUpServices | DomainIndex | PeopleIndex

/** Records everything that the store has. `onRebuilt` is told of each repository when its rows are complete. */
export const rebuildIndex = Effect.fn("rebuildIndex")(function* (
  onRebuilt: (repository: RebuiltRepository) => Effect.Effect<void> = () => Effect.void
): Effect.fn.Return<RebuiltIndex, RebuildError, RebuildServices> {
  const store = yield* ObjectStore
  const users = yield* recordAll("users")
  const tokens = yield* recordAll("tokens")
  const domains = yield* recordAll("domains")
  const losses = [users, tokens, domains].flatMap((each) => each.losses)
  let [repositories, packs] = [0, 0]
  const rebuild = Effect.fnUntraced(function* (id: RepositoryId) {
    const rebuilt = yield* rebuildRepository(id)
    if (Option.isNone(rebuilt)) return []
    repositories += 1
    packs += rebuilt.value.packs
    yield* onRebuilt(rebuilt.value)
    return rebuilt.value.losses
  })
  const lossesOf = (id: RepositoryId) => {
    const damaged = ({ message }: Error) =>
      Effect.succeed<ReadonlyArray<Loss>>([{ what: `repository ${id}`, reason: message }])
    return rebuild(id).pipe(
      Effect.catchTags({
        RootMissing: ({ message }) => withoutRoot(id, message),
        RefsLost: damaged,
        ObjectMissing: damaged,
        ObjectCorrupt: damaged
      })
    )
  }
  yield* everyItem(pageSize, store.listRepositories).pipe(
    Stream.mapEffect(lossesOf, { concurrency: repositoriesAtOnce, unordered: true }),
    Stream.runForEach((found) => Effect.sync(() => void losses.push(...found)))
  )
  return { users: users.count, tokens: tokens.count, domains: domains.count, repositories, packs, losses }
})
