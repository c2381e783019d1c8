/**
 * Carries out the plan of a garbage collection. Each repository is looked at again: only what the plan lists, and what
 * is still found to be garbage, goes. A run that was stopped is begun again with the same plan.
 */
import { Effect, Option, Stream } from "effect"
import { inSlices } from "../../../base/Slices.ts"
import type { ObjectName } from "../../../invariant/packs/Packs.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { UsageIndex } from "../../../port/index/UsageIndex.ts"
import type { Root } from "../../../repository/Root.ts"
import type { StoredDocument } from "../../../port/Stored.ts"
import { type DocumentConflict, ObjectStore } from "../../../port/ObjectStore.ts"
import type { ImmutableKey } from "../../../port/StoreKey.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { dropObjects } from "../../packs/dropObjects.ts"
import { finishStrike, strike, type StrikeError, type StrikeServices, sweepLists } from "../../packs/strike.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import { deleteAnswer } from "./answers.ts"
import { CollectionRefused } from "./CollectionRefused.ts"
import { DroppedObjects } from "./DroppedObjects.ts"
import type { Told } from "./marking.ts"
import { erase } from "./erase.ts"
import { leftovers } from "./strays/leftovers.ts"
import type { DropEntry, LeftoverEntry, Plan, PlanEntry, RepositoryEntry, UploadEntry } from "./Plan.ts"
import { entriesOf, hubOfStore, isWorthDropping, requirePlausible } from "./planGc.ts"
import { requireProbed, requireReflected } from "./requireCollectable.ts"
import { startingPoints } from "./startingPoints.ts"
import { storeNow } from "./storeNow.ts"
import { abandonedUploads, deleteUploads } from "./strays/uploads.ts"
import { type Survey, survey, type SurveyError, type SurveyServices } from "./survey.ts"

/** What went, and what was left. */
export interface Collected {
  readonly packs: number
  readonly blobs: number
  readonly answers: number
  /** What clients uploaded past the hub. */
  readonly uploads: number
  /** Deleted repositories of which nothing is left. */
  readonly repositories: number
  /** Objects that were dropped from packs; those packs go at a later collection. */
  readonly dropped: number
  /** Bytes of the packs, blobs and uploads that went, those of deleted repositories included. */
  readonly bytes: number
  readonly left: number
}

export interface ApplyOptions {
  /** Whether any share may go. */
  readonly isSure?: boolean | undefined
  /** Is told how far the looks at repositories are. */
  readonly told?: Told | undefined
  /** Is told of each entry that is left, and why. */
  readonly onLeft: (entry: PlanEntry, reason: string) => Effect.Effect<void>
}

type Counts = { -readonly [K in keyof Collected]: Collected[K] }

/** One run. */
interface Run {
  readonly plan: Plan
  /** By the store's clock. */
  readonly nowMillis: number
  readonly counts: Counts
  readonly options: ApplyOptions
  /** The entries that were carried out, or told to be left. */
  readonly settled: Set<PlanEntry>
}

/** Tells of the entries that are left, unless they are settled already. */
const leaveAll = ({ counts, options, settled }: Run, entries: ReadonlyArray<PlanEntry>, reason: string) =>
  Effect.forEach(
    entries.filter((entry) => !settled.has(entry)),
    (entry) => {
      settled.add(entry)
      counts.left += 1
      return options.onLeft(entry, reason)
    },
    { discard: true }
  )

/** Lets the index follow a root. Where that fails, the next look refuses to judge the repository. */
const followed = (root: StoredDocument<Root>) =>
  Effect.catch(catchUp(root), (error) => Effect.logWarning("the index stays behind the root", error))

/** Looks at a repository; undefined if it is not there any more. */
const lookAt = ({ nowMillis, options, plan }: Run, repository: RepositoryId) =>
  Effect.map(survey(repository, nowMillis - plan.retentionMillis, options.told ?? {}), Option.getOrUndefined)

const nameOf = (entry: PlanEntry): string => JSON.stringify(["id" in entry ? entry.id : "", entry.kind])

/** What is left of a look at a repository once it was decided what to drop. */
interface ToDrop extends Pick<Survey, "root" | "named" | "objects"> {
  readonly dropped: DroppedObjects
}

/** Looks at a repository, and says what to drop if that is planned and still worth it, or what it is like. */
const judge = Effect.fnUntraced(function* (run: Run, repository: RepositoryId, planned: DropEntry | undefined) {
  const looked = yield* lookAt(run, repository)
  if (looked === undefined) return { looked }
  const { nowMillis, options, plan } = run
  yield* requirePlausible(entriesOf(looked, nowMillis, plan.graceMillis).planned, options.isSure === true)
  if (planned === undefined) return { looked }
  if (!isWorthDropping(looked)) {
    yield* leaveAll(run, [planned], "too little of its packs is garbage now")
    return { looked }
  }
  const { named, objects, root, table } = looked
  const drop: ToDrop = { named, objects, root, dropped: yield* inSlices(() => DroppedObjects.gathering(table)) }
  return { drop }
})

/** Drops what nothing leads to, if that is planned. Returns the root then, or what the repository is like. */
const dropPlanned = Effect.fnUntraced(function* (run: Run, repository: RepositoryId, planned: DropEntry | undefined) {
  const { drop, looked } = yield* judge(run, repository, planned)
  if (drop === undefined) return { looked }
  const sinceMillis = run.nowMillis - run.plan.retentionMillis
  const moved = yield* dropObjects(
    drop,
    (name) => drop.dropped.has(name),
    (present, keep) => startingPoints(present, sinceMillis, (type, id) => keep({ type, id } as ObjectName))
  )
  return { moved: { ...moved, objects: drop.objects.unreached } }
})

/**
 * Drops what is planned, and says what the repository is like then, if that is asked for. A look at it has the
 * directories of all packs in memory, so none is there while packs are written, and nothing of that while rows are
 * recorded.
 */
const settle = Effect.fnUntraced(function* (
  run: Run,
  repository: RepositoryId,
  planned: DropEntry | undefined,
  isAsked: boolean
) {
  const { looked, moved } = yield* dropPlanned(run, repository, planned)
  if (moved === undefined) return looked
  yield* followed(moved.root)
  if (moved.isDone) {
    run.counts.dropped += moved.objects
    if (planned !== undefined) run.settled.add(planned)
    return isAsked ? yield* lookAt(run, repository) : undefined
  }
  const again = isAsked ? (yield* judge(run, repository, undefined)).looked : undefined
  const left = planned === undefined ? [] : [planned]
  yield* leaveAll(run, left, "something needs it again, or another collection is at work")
  return again
})

/** Deletes what is left of a creation that wrote no root. */
const collectLeftovers = Effect.fnUntraced(function* (
  run: Run,
  repository: RepositoryId,
  planned: ReadonlyArray<PlanEntry>
) {
  const store = yield* ObjectStore
  const present = new Set((yield* leftovers(repository, run.nowMillis, run.plan.graceMillis)).map(nameOf))
  const isLeftover = (entry: PlanEntry): entry is LeftoverEntry => present.has(nameOf(entry))
  const going = planned.filter(isLeftover)
  yield* Effect.forEach(
    going,
    Effect.fnUntraced(function* ({ id, kind, size }) {
      yield* store.delete({ repository, type: kind, id } as ImmutableKey)
      run.counts[kind === "pack" ? "packs" : "blobs"] += 1
      run.counts.bytes += size
    }),
    { concurrency: storeConcurrency, discard: true }
  )
  yield* leaveAll(
    run,
    planned.filter((entry) => !isLeftover(entry)),
    "is gone, needed again, or too young"
  )
})

/** Collects one repository. */
const collect = Effect.fnUntraced(function* (run: Run, repository: RepositoryId, planned: ReadonlyArray<PlanEntry>) {
  const { counts, nowMillis, plan } = run
  const { value: root } = yield* (yield* Roots).read(repository)
  if (root.deletion !== null) {
    return yield* leaveAll(
      run,
      planned,
      "the repository was deleted, which can be undone as long as nothing of it goes"
    )
  }
  if (root.condemned !== null && !(yield* finishStrike(repository, plan.id, nowMillis))) {
    return yield* leaveAll(run, planned, "another collection is at work there; apply the plan again in an hour")
  }
  for (const entry of planned) if (entry.kind === "unfinished") run.settled.add(entry)
  const drops = planned.find((entry) => entry.kind === "drop")
  const rest = planned.filter((entry) => entry.kind === "pack" || entry.kind === "blob")
  const then = yield* settle(run, repository, drops, rest.length > 0)
  if (then === undefined) return yield* leaveAll(run, planned, "the repository has no root any more")
  // Whatever could be dropped now, and was not, keeps its large blobs.
  const present = new Set(entriesOf(then, nowMillis, plan.graceMillis, false).entries.map(nameOf))
  const going = rest.filter((entry) => present.has(nameOf(entry)))
  const packs = going.flatMap((entry) => (entry.kind === "pack" ? [entry.id] : []))
  const blobs = going.flatMap((entry) => (entry.kind === "blob" ? [entry.id] : []))
  const struck = yield* strike(then, { packs, blobs }, plan.id, nowMillis)
  if (rest.length > 0 && going.length === 0) yield* sweepLists(repository, plan.id, nowMillis)
  counts.packs += struck.packs.length
  counts.blobs += struck.blobs.length
  const gone = new Set<string>([...struck.packs, ...struck.blobs])
  counts.bytes += going.reduce((sum, entry) => sum + (gone.has(entry.id) ? entry.size : 0), 0)
  yield* leaveAll(
    run,
    rest.filter((entry) => !present.has(nameOf(entry))),
    "is gone, needed again, or too young"
  )
  const why = struck.isBusy ? "another collection is at work there" : "is needed again"
  yield* leaveAll(
    run,
    going.filter(({ id }) => !gone.has(id)),
    why
  )
})

/** Deletes what is left of a deleted repository. */
const eraseOne = Effect.fnUntraced(function* (run: Run, entry: RepositoryEntry) {
  const erased = yield* erase(entry, run.nowMillis, run.plan.graceMillis)
  if (Option.isNone(erased)) return yield* leaveAll(run, [entry], "was brought back, or its bytes are gone")
  run.counts.repositories += 1
  run.counts.bytes += erased.value
})

/** Deletes uploads of a repository that are still there, and as old. */
const collectUploads = Effect.fnUntraced(function* (
  run: Run,
  repository: RepositoryId,
  planned: ReadonlyArray<UploadEntry>
) {
  const left = new Map(planned.map((entry) => [entry.id, entry]))
  const present = abandonedUploads(repository, run.nowMillis - run.plan.graceMillis)
  const going = Stream.filter(present, ({ id }) => left.has(id))
  yield* Stream.runForEach(deleteUploads(going), ({ id, size }) =>
    Effect.sync(() => {
      left.delete(id)
      run.counts.uploads += 1
      run.counts.bytes += size
    })
  )
  yield* leaveAll(run, [...left.values()], "is gone, or was uploaded again")
})

/**
 * Brings the index up where a run was stopped after it had dropped objects, and before their rows were recorded again:
 * when the plan was made, the index reflected the root.
 */
const finishDrop = Effect.fnUntraced(function* ({ epoch, repository }: PlanEntry & { readonly kind: "drop" }) {
  const root = yield* (yield* Roots).read(repository)
  if (root.value.collectionEpoch !== epoch) yield* followed(root)
})

/** Checks what holds of a hub as a whole before anything is deleted. */
const requireHub = Effect.fnUntraced(function* ({ entries, hub }: Plan) {
  yield* requireProbed
  if ((yield* hubOfStore) !== hub) {
    return yield* new CollectionRefused({
      name: "PlanForeign",
      what: `the plan is of hub ${hub}, and the store is of another one`,
      remedy: "check --object-store, or run musehub gc to make a plan of this one"
    })
  }
  for (const entry of entries) {
    if (entry.kind === "drop") yield* Effect.catchTag(finishDrop(entry), "RootMissing", () => Effect.void)
  }
  const repositories = new Set(entries.flatMap((entry) => ("repository" in entry ? [entry.repository] : [])))
  const roots = yield* Roots
  yield* Effect.forEach(
    repositories,
    (repository) =>
      roots.read(repository).pipe(
        Effect.flatMap(({ value }) => (value.deletion === null ? requireReflected(repository) : Effect.void)),
        Effect.catchTag("RootMissing", () => Effect.void)
      ),
    { concurrency: storeConcurrency, discard: true }
  )
})

export type ApplyGcError = SurveyError | StrikeError | DocumentConflict

/** What applying a plan reads and writes. */
export type ApplyGcServices = StrikeServices | SurveyServices | UsageIndex

/** Carries out a plan. Fails before anything is deleted if the hub is not in order. */
export const applyGc = Effect.fn("applyGc")(function* (
  plan: Plan,
  options: ApplyOptions
): Effect.fn.Return<Collected, ApplyGcError, ApplyGcServices> {
  yield* requireHub(plan)
  const nowMillis = yield* storeNow
  const counts: Counts = { packs: 0, blobs: 0, answers: 0, uploads: 0, repositories: 0, dropped: 0, bytes: 0, left: 0 }
  const run: Run = { plan, nowMillis, counts, options, settled: new Set() }
  const ofRepositories = plan.entries.filter(
    (entry) => entry.kind !== "answer" && entry.kind !== "repository" && entry.kind !== "upload"
  )
  for (const [repository, entries] of Map.groupBy(ofRepositories, (entry) => entry.repository)) {
    yield* Effect.catchTags(collect(run, repository, entries), {
      CollectionRefused: ({ message }) => leaveAll(run, entries, message),
      RootMissing: () => collectLeftovers(run, repository, entries)
    })
  }
  const uploads = plan.entries.filter((entry) => entry.kind === "upload")
  for (const [repository, entries] of Map.groupBy(uploads, (entry) => entry.repository)) {
    yield* collectUploads(run, repository, entries)
  }
  for (const entry of plan.entries) {
    if (entry.kind !== "repository") continue
    yield* Effect.catchTag(eraseOne(run, entry), "RootMissing", ({ message }) => leaveAll(run, [entry], message))
  }
  for (const entry of plan.entries) {
    if (entry.kind !== "answer") continue
    if (yield* deleteAnswer(entry.name, nowMillis - plan.graceMillis)) counts.answers += 1
    else yield* leaveAll(run, [entry], "is gone, or its key is in use again")
  }
  const collected: Collected = counts
  return collected
})
