/**
 * Deletes packs and large blobs of a repository that no root names, so that no move can rely on one of them meanwhile:
 * a mark in the root condemns them, they are deleted, and the mark is taken away. The compare-and-set of the root
 * decides what is condemned; `invariant/packs/requiringKept.ts` is the other side of it. A run that is stopped leaves
 * its mark, and the next one goes on with it.
 */
import { Clock, Effect, Option, Result, Stream } from "effect"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { blobsOutside } from "../../invariant/packs/requiringKept.ts"
import { putCondemned, readCondemned } from "../../invariant/RepositoryDocuments.ts"
import { type Decision, type MoveError, Roots } from "../../invariant/Roots.ts"
import type { BlobId, RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { ImmutableKey } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { CondemnedList, PackRef } from "../../repository/PackRef.ts"
import type { Condemnation, Root } from "../../repository/Root.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"

export type StrikeError = ObjectReadError | MoveError

/** What a strike reads and writes. */
export type StrikeServices = CatchUpServices | Roots

/** What is to be deleted. */
export interface Condemned {
  readonly packs: ReadonlyArray<Sha256>
  readonly blobs: ReadonlyArray<BlobId>
}

/** The most names of one mark, whose list is one document. */
const namesMax = 10_000
/** Names of lists per page. */
const listsMax = 1000
/** How long a look at the mark counts: a delete is sent soon after one, whatever those before it take. */
const lookCounts = "2 seconds"
/** A mark of this age is of a run that does not work any more. */
const abandonedMillis = 60 * 60 * 1000
/** How long a look at the mark and a delete may take in a run that was overtaken, by the deadlines of a store. */
const settling = "30 seconds"

const nothingListed: CondemnedList = { packs: [], blobs: [] }

/** Moves the root without a change that a reader sees, and lets the index follow. */
const moveQuietly = Effect.fnUntraced(function* <E>(repository: RepositoryId, decide: Decision<E>) {
  const moved = yield* (yield* Roots).move(repository, decide)
  yield* Effect.catch(catchUp(moved), (error) => Effect.logWarning("the index is behind the root", error))
  return moved
})

/** Lists the packs that were named since a root. */
const namedSince = Effect.fnUntraced(function* (root: Root, before: ReadonlyArray<PackRef>) {
  const { namedBy, open } = yield* Packs
  const known = new Set(before.map(({ sha256 }) => sha256))
  const added = (yield* namedBy(root)).filter(({ sha256 }) => !known.has(sha256))
  return yield* Effect.forEach(added, (ref) => open(root.repository.id, ref))
})

/**
 * Marks what may be deleted of what is given: what the present root does not name, and no snapshot has that was named
 * since `seen`. Returns the mark of the root then, and what it lists if it is this one: it is another mark, or none, if
 * another run works, or there is nothing to delete.
 */
const condemn = Effect.fnUntraced(function* (
  { root: seen, named }: { readonly root: StoredDocument<Root>; readonly named: ReadonlyArray<PackRef> },
  given: Condemned,
  mark: Omit<Condemnation, "list">
) {
  const services = yield* Effect.context<ObjectStore | Packs>()
  const repository = seen.value.repository.id
  let decided = nothingListed
  const decide = (root: Root) =>
    Effect.gen(function* () {
      if (root.condemned !== null) return null
      const { namedBy } = yield* Packs
      const names = new Set((yield* namedBy(root)).map(({ sha256 }) => sha256))
      const needed = yield* blobsOutside(yield* namedSince(root, named))
      const list: CondemnedList = {
        packs: given.packs.filter((id) => !names.has(id)).toSorted(),
        blobs: given.blobs.filter((id) => !needed.has(id)).toSorted()
      }
      if (list.packs.length + list.blobs.length === 0) return null
      decided = list
      const condemned = { ...mark, list: yield* putCondemned(repository, list) }
      return { root: { condemned, condemnations: root.condemnations + 1 }, change: null }
    }).pipe(Effect.provideContext(services))
  const { condemned } = (yield* moveQuietly(repository, decide)).value
  return { condemned, list: decided }
})

/** Reads what a mark lists that another run has left. */
const readLeft = Effect.fnUntraced(function* (repository: RepositoryId, { list }: Condemnation) {
  const listed = yield* Effect.result(readCondemned(repository, list))
  if (Result.isSuccess(listed)) return listed.success
  if (!isLoss(listed.failure)) return yield* listed.failure
  // What it lists may be there or not. Nothing relies on it: whoever wants to, asks the store.
  yield* Effect.logWarning("the list of what is condemned is gone; what it listed is found again", listed.failure)
  return nothingListed
})

/**
 * Deletes what a mark lists, as long as the mark is there and of this run, and lists that runs have left which were
 * stopped: while the mark is there, no other run makes one. Returns whether all of it was deleted.
 */
const deleteListed = Effect.fnUntraced(function* (
  repository: RepositoryId,
  { list, run }: Condemnation,
  { blobs, packs }: CondemnedList
) {
  const store = yield* ObjectStore
  const roots = yield* Roots
  const keys: ReadonlyArray<ImmutableKey> = [
    ...packs.map((id) => ({ repository, type: "pack", id }) as const),
    ...blobs.map((id) => ({ repository, type: "blob", id }) as const)
  ]
  const look = Effect.map(roots.read(repository), ({ value }) => value.condemned?.run === run)
  const isOurs = yield* Effect.cachedWithTTL(look, lookCounts)
  const deleted = yield* Effect.forEach(
    keys,
    (key) => Effect.flatMap(isOurs, (isOur) => (isOur ? Effect.as(store.delete(key), true) : Effect.succeed(false))),
    { concurrency: storeConcurrency }
  )
  if (deleted.includes(false)) return false
  yield* everyItem(listsMax, (page) => store.documents.list({ kind: "condemned", repository }, page)).pipe(
    Stream.filter((name) => name !== list),
    Stream.mapEffect((name) =>
      Effect.flatMap(isOurs, (isOur) =>
        isOur ? store.documents.delete({ kind: "condemned", repository, sha256: name as Sha256 }) : Effect.void
      )
    ),
    Stream.runDrain
  )
  return yield* isOurs
})

/** Takes the mark of a run away, after all that it lists was deleted. */
const clear = Effect.fnUntraced(function* (repository: RepositoryId, { list, run }: Condemnation) {
  const { documents } = yield* ObjectStore
  const moved = yield* moveQuietly(repository, (root) =>
    Effect.succeed(
      root.condemned?.run === run
        ? { root: { condemned: null, condemnations: root.condemnations + 1 }, change: null }
        : null
    )
  )
  if (moved.value.condemned?.list === list) return
  yield* leaveUndeleted(
    "the list of what was condemned",
    documents.delete({ kind: "condemned", repository, sha256: list })
  )
})

const carryOut = Effect.fnUntraced(function* (repository: RepositoryId, condemned: Condemnation, list: CondemnedList) {
  const isDone = yield* deleteListed(repository, condemned, list)
  if (isDone) yield* clear(repository, condemned)
  return isDone
})

/**
 * Finishes what a stopped run has begun: one of the same plan, or one that began an hour ago by the store's clock,
 * which says `nowMillis`. Returns false if the mark is of another run that may still be at work.
 */
export const finishStrike = Effect.fn("finishStrike")(function* (
  repository: RepositoryId,
  plan: string,
  nowMillis: number
): Effect.fn.Return<boolean, StrikeError, StrikeServices> {
  const run = (yield* RandomId)()
  const isOurs = (mark: Condemnation) => mark.plan === plan || nowMillis >= Date.parse(mark.at) + abandonedMillis
  const moved = yield* moveQuietly(repository, ({ condemned }) =>
    Effect.succeed(
      condemned !== null && isOurs(condemned) ? { root: { condemned: { ...condemned, run } }, change: null } : null
    )
  )
  const { condemned } = moved.value
  if (condemned === null) return true
  if (condemned.run !== run) return false
  const isDone = yield* deleteListed(repository, condemned, yield* readLeft(repository, condemned))
  if (!isDone) return false
  // What the other run sent last may be on its way, and must not meet what is put after the mark is gone.
  yield* Effect.sleep(settling)
  yield* clear(repository, condemned)
  return true
})

/** What was deleted; the rest was needed again, or another collection is at work. */
export interface Struck extends Condemned {
  readonly isBusy: boolean
}

const nothing: Struck = { packs: [], blobs: [], isBusy: false }

/** Deletes of a repository what is given and nothing relies on. `seen` is the root that it was judged by. */
export const strike = Effect.fn("strike")(function* (
  seen: { readonly root: StoredDocument<Root>; readonly named: ReadonlyArray<PackRef> },
  { blobs, packs }: Condemned,
  plan: string,
  nowMillis: number
): Effect.fn.Return<Struck, StrikeError, StrikeServices> {
  const repository = seen.root.value.repository.id
  const at = new Date(nowMillis).toISOString()
  const struck = { packs: new Array<Sha256>(), blobs: new Array<BlobId>() }
  for (let start = 0; start < packs.length + blobs.length; start += namesMax) {
    const end = start + namesMax
    const some = {
      packs: packs.slice(start, end),
      blobs: blobs.slice(Math.max(0, start - packs.length), Math.max(0, end - packs.length))
    }
    const run = (yield* RandomId)()
    const { condemned, list } = yield* condemn(seen, some, { plan, run, at })
    if (condemned === null) continue
    if (condemned.run !== run) return { ...struck, isBusy: true } satisfies Struck
    if (!(yield* carryOut(repository, condemned, list))) return { ...struck, isBusy: true } satisfies Struck
    struck.packs.push(...list.packs)
    struck.blobs.push(...list.blobs)
  }
  return { ...nothing, ...struck } satisfies Struck
})

/**
 * Deletes lists that runs have left which were stopped after they had taken their mark away. It does so under a mark of
 * its own that lists nothing, since a run at work puts its list before its mark. `nowMillis` is the store's clock.
 */
export const sweepLists = Effect.fn("sweepLists")(function* (
  repository: RepositoryId,
  plan: string,
  nowMillis: number
): Effect.fn.Return<void, StrikeError, StrikeServices> {
  const store = yield* ObjectStore
  const { items } = yield* store.documents.list({ kind: "condemned", repository }, { limit: 1 })
  if (items.length === 0) return
  const mark = { plan, run: (yield* RandomId)(), at: new Date(nowMillis).toISOString() }
  const moved = yield* moveQuietly(repository, (root) =>
    root.condemned === null
      ? putCondemned(repository, nothingListed).pipe(
          Effect.map((list) => ({
            root: { condemned: { ...mark, list }, condemnations: root.condemnations + 1 },
            change: null
          })),
          Effect.provideService(ObjectStore, store)
        )
      : Effect.succeed(null)
  )
  const { condemned } = moved.value
  if (condemned?.run === mark.run) yield* carryOut(repository, condemned, nothingListed)
})

/** Reads a root beside which no collection works. Finishes what a stopped one has left; none if it may be at work. */
export const rootAtRest = Effect.fnUntraced(function* (
  repository: RepositoryId
): Effect.fn.Return<Option.Option<StoredDocument<Root>>, StrikeError, StrikeServices> {
  const { read } = yield* Roots
  const root = yield* read(repository)
  if (root.value.condemned === null) return Option.some(root)
  const isFinished = yield* finishStrike(repository, (yield* RandomId)(), yield* Clock.currentTimeMillis)
  return isFinished ? Option.some(yield* read(repository)) : Option.none()
})

/** Deletes packs in whose place others are named. Those that are needed again stay. */
export const strikeReplaced = Effect.fnUntraced(function* (repository: RepositoryId, packs: ReadonlyArray<Sha256>) {
  if (packs.length === 0) return
  const root = yield* rootAtRest(repository)
  if (Option.isNone(root)) return
  const { namedBy } = yield* Packs
  const seen = { root: root.value, named: yield* namedBy(root.value.value) }
  yield* strike(seen, { packs, blobs: [] }, (yield* RandomId)(), yield* Clock.currentTimeMillis)
})
