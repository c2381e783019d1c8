/** Plans a garbage collection: finds what may go. Deletes nothing. */
import { Effect, Option, Stream } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import { hubOf } from "../../../port/interpose/identifiedStore.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { RandomId } from "../../../port/RandomId.ts"
import { fullNameText } from "../../../repository/Names.ts"
import { requestsToCollect } from "../cost/estimateGc.ts"
import { CollectionRefused } from "./CollectionRefused.ts"
import { leftovers } from "./strays/leftovers.ts"
import { planErasure } from "./planErasure.ts"
import { lapsedAnswers } from "./answers.ts"
import { graceMillis, type Plan, type PlanEntry, type PlannedRepository, retentionMillis } from "./Plan.ts"
import { requireProbed } from "./requireCollectable.ts"
import type { Told } from "./marking.ts"
import { storeNow } from "./storeNow.ts"
import { abandonedUploads } from "./strays/uploads.ts"
import { type Survey, survey, type SurveyError, type SurveyServices } from "./survey.ts"

/** Repositories per page of the listing. */
const pageSize = 1000

/** The share of a repository's objects, by size, from which on what nothing leads to is dropped. */
const dropShareMin = 0.1
/** And the count of bytes, however small a share it is. */
const dropSizeMin = 256 * 1024 * 1024

/** The share of a repository's bytes beyond which its loss is not believed to be garbage. */
const shareMax = 0.5

/** Says whether the packs of a repository are to be written again. */
export const isWorthDropping = ({ objects: { size, unreached, unreachedSize } }: Survey): boolean =>
  unreached > 0 && (unreachedSize >= dropSizeMin || unreachedSize >= dropShareMin * size)

const total = (sizes: Iterable<{ readonly size: number }>): number =>
  Iterator.from(sizes).reduce((sum, { size }) => sum + size, 0)

type JudgedRepository = Omit<PlannedRepository, "apply">

/**
 * Lists what may go of a repository at a time of the store's clock, and counts its bytes. Where nothing is dropped,
 * every snapshot keeps its blobs, whether anything leads to it or not.
 */
export const entriesOf = (found: Survey, nowMillis: number, grace: number, mayDrop = true) => {
  const { large, named, objects, root, unnamed } = found
  const { id: repository } = root.value.repository
  const isOld = (millis: number) => nowMillis - millis >= grace
  const drops = mayDrop && isWorthDropping(found)
  const packs = unnamed
    .filter(({ sinceMillis }) => isOld(sinceMillis))
    .map(({ id, isReplaced, size }) => ({ kind: "pack", repository, id, size, isReplaced }) as const)
  const blobs = [...large].flatMap(([id, { isReached, isUsed, size, storedAtMillis }]) => {
    const isNeeded = drops ? isReached : isUsed
    return isNeeded || !isOld(storedAtMillis)
      ? []
      : [{ kind: "blob", repository, id, size } as PlanEntry & { kind: "blob" }]
  })
  const { unreached, unreachedSize } = objects
  const epoch = root.value.collectionEpoch
  const drop = drops ? [{ kind: "drop", repository, objects: unreached, size: unreachedSize, epoch } as const] : []
  const unfinished = root.value.condemned === null ? [] : [{ kind: "unfinished", repository } as const]
  const inPacks = total(named)
  const dropped = drops ? Math.round((inPacks * unreachedSize) / objects.size) : 0
  const planned: JudgedRepository = {
    id: repository,
    name: fullNameText(root.value.repository),
    size: inPacks + total(unnamed) + total(large.values()),
    lost: total(packs.filter(({ isReplaced }) => !isReplaced)) + total(blobs) + dropped,
    dropped
  }
  const entries: ReadonlyArray<PlanEntry> = [...unfinished, ...drop, ...packs, ...blobs]
  return { entries, planned }
}

/** Fails if so much would go of a repository that its root, or its packs, are more likely of another time. */
export const requirePlausible = Effect.fnUntraced(function* ({ lost, name, size }: JudgedRepository, isSure: boolean) {
  if (isSure || lost <= shareMax * size) return
  return yield* new CollectionRefused({
    name: "ShareImplausible",
    what: `${Math.round((100 * lost) / size)} % of the bytes of repository ${name} would go (${lost} of ${size})`,
    remedy:
      "if the store was restored from another time, restore all of it; if that much is garbage indeed, add --yes-really"
  })
})

/** The hub of a store, for plans; null where the store names none. */
export const hubOfStore = Effect.gen(function* () {
  const { documents } = yield* ObjectStore
  return Option.getOrNull(yield* hubOf(documents))
})

export interface PlanOptions {
  /** The repositories to look at; all, and what belongs to none, unless given. */
  readonly repositories?: ReadonlyArray<RepositoryId> | undefined
  /** How far back the reflog keeps commits. */
  readonly retentionMillis?: number | undefined
  /** How old by the store's clock what belongs to nothing must be. */
  readonly graceMillis?: number | undefined
  /** Whether any share may go. */
  readonly isSure?: boolean | undefined
  /** Is told each repository that was looked at. */
  readonly onRepository?: ((repository: PlannedRepository) => Effect.Effect<void>) | undefined
  /** Is told how far it is. */
  readonly told?: Told | undefined
  /** Is told of each repository that is left alone, since it is damaged or too much of it would go. */
  readonly onRefused: (refusal: CollectionRefused) => Effect.Effect<void>
}

/** Refusals that say something of the repository alone, not of the hub. */
const ofRepository: ReadonlySet<string> = new Set(["RepositoryDamaged", "ShareImplausible"])

export const planGc = Effect.fn("planGc")(function* (
  options: PlanOptions
): Effect.fn.Return<Plan, SurveyError, SurveyServices> {
  yield* requireProbed
  const store = yield* ObjectStore
  const now = yield* storeNow
  const retention = options.retentionMillis ?? retentionMillis
  const grace = options.graceMillis ?? graceMillis
  const repositories: Array<PlannedRepository> = []
  const entries: Array<PlanEntry> = []
  const look = Effect.fnUntraced(
    function* (id: RepositoryId) {
      const found = yield* survey(id, now - retention, options.told ?? {})
      if (Option.isNone(found)) {
        const deleted = yield* planErasure(id, now, grace)
        if (Option.isSome(deleted)) entries.push(deleted.value)
        else for (const left of yield* leftovers(id, now, grace)) entries.push(left)
        return
      }
      const { entries: own, planned: judged } = entriesOf(found.value, now, grace)
      yield* requirePlausible(judged, options.isSure === true)
      const uploads = yield* Stream.runCollect(abandonedUploads(id, now - grace))
      const some = [...own, ...uploads]
      const planned: PlannedRepository = { ...judged, apply: { ...requestsToCollect(found.value, some) } }
      repositories.push(planned)
      for (const entry of some) entries.push(entry)
      yield* options.onRepository?.(planned) ?? Effect.void
    },
    Effect.catchIf(
      (error): error is CollectionRefused => error._tag === "CollectionRefused" && ofRepository.has(error.name),
      options.onRefused
    )
  )
  const chosen =
    options.repositories === undefined
      ? everyItem(pageSize, store.listRepositories)
      : Stream.fromIterable(options.repositories)
  // One after another: each takes the memory of its directories.
  yield* Stream.runForEach(chosen, look)
  if (options.repositories === undefined) {
    yield* Stream.runForEach(lapsedAnswers(now - grace), (name) =>
      Effect.sync(() => void entries.push({ kind: "answer", name }))
    )
  }
  const plan: Plan = {
    format: 1,
    id: (yield* RandomId)(),
    hub: yield* hubOfStore,
    at: new Date(now).toISOString(),
    retentionMillis: retention,
    graceMillis: grace,
    repositories,
    entries
  }
  return plan
})
