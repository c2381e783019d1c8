/**
 * Fills the index from the store: users, tokens and domains first, then repositories, some at once. What the index has
 * is not read again, so a run that was ended goes on where it was. What is damaged or gone is left out, and reported; a
 * store or an index that does not answer ends the run, since silence says nothing of what is there.
 */
import { Effect, Option, Schema, Stream } from "effect"
import {
  listHubDocuments,
  readToken,
  witnessDomain,
  witnessedToken,
  witnessUser
} from "../../invariant/HubDocuments.ts"
import { type RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { DomainIndex } from "../../port/index/DomainIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { PeopleIndex } from "../../port/index/PeopleIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { type DocumentName, UserName } from "../../repository/Names.ts"
import type { CatchUpServices } from "../recovery/catchUp.ts"
import { type Loss, type RebuiltRepository, rebuildRepository } from "./rebuild/rebuildRepository.ts"

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

export type RebuildError = StoreUnavailable | IndexUnavailable

/** What a rebuild reads and writes. */
export type RebuildServices = CatchUpServices | DomainIndex | PeopleIndex

/** Records users, tokens and domains. */
export const rebuildHub = Effect.gen(function* () {
  const users = yield* recordAll("users")
  const tokens = yield* recordAll("tokens")
  const domains = yield* recordAll("domains")
  const losses = [users, tokens, domains].flatMap((each) => each.losses)
  return { users: users.count, tokens: tokens.count, domains: domains.count, losses }
})

/** Records everything that the store has. `onRebuilt` is told of each repository when its rows are complete. */
export const rebuildIndex = Effect.fn("rebuildIndex")(function* (
  onRebuilt: (repository: RebuiltRepository) => Effect.Effect<void> = () => Effect.void
): Effect.fn.Return<RebuiltIndex, RebuildError, RebuildServices> {
  const store = yield* ObjectStore
  const { losses, ...people } = yield* rebuildHub
  let [repositories, packs] = [0, 0]
  const rebuild = Effect.fnUntraced(function* (id: RepositoryId) {
    const { losses: found, rebuilt } = yield* rebuildRepository(id)
    if (Option.isSome(rebuilt)) {
      repositories += 1
      packs += rebuilt.value.packs
      yield* onRebuilt(rebuilt.value)
    }
    return found
  })
  yield* everyItem(pageSize, store.listRepositories).pipe(
    Stream.mapEffect(rebuild, { concurrency: repositoriesAtOnce, unordered: true }),
    Stream.runForEach((found) => Effect.sync(() => void losses.push(...found)))
  )
  return { ...people, repositories, packs, losses }
})
