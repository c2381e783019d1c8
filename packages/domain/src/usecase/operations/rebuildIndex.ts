/**
 * Fills the index from the store: users, tokens and domains first; then the roots of all repositories, which are listed
 * and served from that moment; then packs, those of the repository that moved last first, of some repositories at once.
 * What the index has is not read again, so a run that was ended goes on where it was: after the last whole pack. What
 * is damaged or gone is left out, and told; a store or an index that does not answer ends the run, since silence says
 * nothing of what is there. In memory are an id and a time for each repository.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { byText } from "../../base/text/byText.ts"
import {
  listHubDocuments,
  readToken,
  witnessDomain,
  witnessedToken,
  witnessUser
} from "../../invariant/HubDocuments.ts"
import { countingRows } from "../../invariant/recordHistory.ts"
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
import { type Enlisted, enlistRepository } from "./rebuild/enlistRepository.ts"
import type { OnLoss } from "./rebuild/Loss.ts"
import { type RebuiltRepository, rebuildRepository } from "./rebuild/rebuildRepository.ts"

export interface RebuiltIndex {
  readonly users: number
  readonly tokens: number
  readonly domains: number
  readonly repositories: number
  readonly packs: number
  /** Count of what could not be read. */
  readonly losses: number
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

/** Records the documents of a collection, and returns how many there are. */
const recordAll = Effect.fnUntraced(function* (collection: HubCollection, onLoss: OnLoss) {
  const record = (name: DocumentName) =>
    recordDocument[collection](name).pipe(
      Effect.as(1),
      Effect.catchTag("ObjectCorrupt", ({ message }) =>
        Effect.as(onLoss({ what: `hub/${collection}/${name}`, reason: message }), 0)
      )
    )
  const names = everyItem(pageSize, (page) => listHubDocuments(collection, page))
  return yield* names.pipe(
    Stream.mapEffect(record, { concurrency: storeConcurrency, unordered: true }),
    Stream.runFold(
      () => 0,
      (sum, recorded) => sum + recorded
    )
  )
})

/** Records users, tokens and domains. */
export const rebuildHub = Effect.fnUntraced(function* (onLoss: OnLoss) {
  const users = yield* recordAll("users", onLoss)
  const tokens = yield* recordAll("tokens", onLoss)
  return { users, tokens, domains: yield* recordAll("domains", onLoss) }
})

/** Lists the repositories in the index, and returns them: first those whose refs moved last. */
const enlistAll = Effect.fnUntraced(function* (
  repositories: Stream.Stream<RepositoryId, StoreUnavailable>,
  onLoss: OnLoss
) {
  const found = yield* repositories.pipe(
    Stream.mapEffect((id) => enlistRepository(id, onLoss), { concurrency: storeConcurrency, unordered: true }),
    Stream.flatMap((enlisted) => Stream.fromIterable(Option.toArray(enlisted))),
    Stream.runCollect
  )
  return found.toSorted((one, other) => byText(other.movedAt, one.movedAt))
})

export type RebuildError = StoreUnavailable | IndexUnavailable

/** What a rebuild reads and writes. */
export type RebuildServices = CatchUpServices | DomainIndex | PeopleIndex

export interface RebuildOptions {
  /** The repositories to record; all, and what belongs to none, unless given. */
  readonly repositories?: ReadonlyArray<RepositoryId> | undefined
  /** Is told of what could not be read. */
  readonly onLoss?: OnLoss | undefined
  /** Is told of the repositories that are listed, before the first pack is read: how many, and of their objects. */
  readonly onListed?: ((repositories: number, objects: number) => Effect.Effect<void>) | undefined
  /** Is told of each repository when its rows are complete. */
  readonly onRebuilt?: ((repository: RebuiltRepository) => Effect.Effect<void>) | undefined
  /** Is told often of objects whose rows are there. It must be quick and must not throw. */
  readonly onPassed?: ((objects: number, bytes: number) => void) | undefined
}

/** Records everything that the store has: the roots of all repositories, then their packs. */
export const rebuildIndex = Effect.fn("rebuildIndex")(function* ({
  onListed = () => Effect.void,
  onLoss = () => Effect.void,
  onPassed = () => undefined,
  onRebuilt = () => Effect.void,
  repositories: given
}: RebuildOptions = {}): Effect.fn.Return<RebuiltIndex, RebuildError, RebuildServices> {
  const store = yield* ObjectStore
  let [repositories, packs, losses] = [0, 0, 0]
  const lost: OnLoss = (loss) => {
    losses += 1
    return onLoss(loss)
  }
  const people = given === undefined ? yield* rebuildHub(lost) : { users: 0, tokens: 0, domains: 0 }
  const chosen = given === undefined ? everyItem(pageSize, store.listRepositories) : Stream.fromIterable(given)
  const enlisted = yield* enlistAll(chosen, lost)
  yield* onListed(
    enlisted.length,
    enlisted.reduce((sum, { objects }) => sum + objects, 0)
  )
  const rebuild = Effect.fnUntraced(function* ({ id, objects }: Enlisted) {
    let left = objects
    const recorded = (some: number, bytes: number) => {
      left -= some
      onPassed(some, bytes)
    }
    const rebuilt = yield* countingRows(rebuildRepository(id, lost), recorded)
    // Those that had rows before, or are in two packs.
    onPassed(Math.max(0, left), 0)
    if (Option.isNone(rebuilt)) return
    repositories += 1
    packs += rebuilt.value.packs
    yield* onRebuilt(rebuilt.value)
  })
  yield* Effect.forEach(enlisted, rebuild, { concurrency: repositoriesAtOnce, discard: true })
  return { ...people, repositories, packs, losses }
})
