/**
 * Rehearses the loss of the database beside a hub that serves: fills an empty index from the store, verifies the store
 * against it, and compares what clients get from it with what they get now. The live index is only read. The report of
 * a whole hub is kept in the store, so that `musehub status` tells how long recovery takes, and when it was last tried.
 */
import { Clock, type Context, Effect, Option, Random } from "effect"
import { drillCodec } from "../../../hub/codecs.ts"
import type { DrillReport } from "../../../hub/DrillReport.ts"
import { readDocument } from "../../../invariant/Document.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import type { Index } from "../../../port/index/Index.ts"
import { portsOf, wholeIndex } from "../../../port/index/wholeIndex.ts"
import { readOnlyIndex } from "../../../port/interpose/readOnlyIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { DocumentName, type FullName } from "../../../repository/Names.ts"
import { noteInStore } from "../noteInStore.ts"
import type { Difference } from "../rebuild/comparedRows.ts"
import { rebuildIndex, type RebuildError, type RebuildOptions, type RebuildServices } from "../rebuildIndex.ts"
import { requireSameHub, type SameHubError } from "../requireSameHub.ts"
import type { Finding } from "../verify/Finding.ts"
import { verifyHub, type VerifyHubServices, type VerifyOptions } from "../verify/verifyHub.ts"
import { type ComparedFetch, compareFetches, type CompareServices, isSameAnswer } from "./compareFetches.ts"
import { rowsWithoutStore } from "./rowsWithoutStore.ts"

const latest = { kind: "hub", collection: "drill", name: DocumentName.make("latest") } as const

export type DrillStage = "rebuild" | "verify" | "compare"

export interface DrillOptions {
  /** An empty index, which is filled. */
  readonly shadow: Context.Context<Index>
  readonly level: DrillReport["level"]
  /** The repositories to rehearse; all, and what belongs to none, unless given. Then no report is kept. */
  readonly repositories?: ReadonlyArray<RepositoryId> | undefined
  /** How many repositories to clone, chosen at random; all unless given. */
  readonly sample?: number | undefined
  /** The version of the hub. */
  readonly version: string
  /** Is told of each stage before it begins. */
  readonly onStage?: ((stage: DrillStage) => Effect.Effect<void>) | undefined
  /** What is told of filling the index. */
  readonly rebuild?: Omit<RebuildOptions, "repositories"> | undefined
  readonly onVerifying?: VerifyOptions["onProgress"]
  /** Is told each fault that verify finds. */
  readonly onFinding: (finding: Finding) => Effect.Effect<void>
  /** Is told of each user, token, domain and repository that the live index has, and the store does not give. */
  readonly onExtraRow: (row: Difference) => Effect.Effect<void>
  /** Is told of each repository that was compared, and of how many there will be. */
  readonly onCompared: (compared: ComparedFetch, isSame: boolean, all: number) => Effect.Effect<void>
}

export type DrillError = RebuildError | SameHubError

export type DrillServices = RebuildServices | VerifyHubServices | CompareServices | Index

/** Runs an effect, and returns how many milliseconds it took with what it returned. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const value = yield* effect
    return { value, millis: (yield* Clock.currentTimeMillis) - begun }
  })

/** Rehearses the loss of the database. */
export const drillHub = Effect.fn("drillHub")(function* ({
  level,
  onCompared,
  onExtraRow,
  onFinding,
  onStage = () => Effect.void,
  onVerifying,
  rebuild = {},
  repositories,
  sample,
  shadow,
  version
}: DrillOptions): Effect.fn.Return<DrillReport, DrillError, DrillServices> {
  const inShadow = Effect.provideContext(shadow)
  const live = portsOf(readOnlyIndex(yield* wholeIndex))
  const names: Array<FullName> = []
  const begunMillis = yield* Clock.currentTimeMillis
  const passedMillis = Effect.map(Clock.currentTimeMillis, (millis) => millis - begunMillis)
  let servedMillis = 0
  yield* onStage("rebuild")
  yield* inShadow(requireSameHub)
  const rebuilt = yield* inShadow(
    rebuildIndex({
      ...rebuild,
      repositories,
      onListed: Effect.fnUntraced(function* (count, objects) {
        servedMillis = yield* passedMillis
        if (rebuild.onListed !== undefined) yield* rebuild.onListed(count, objects)
      }),
      onRebuilt: Effect.fnUntraced(function* (repository) {
        names.push(repository.name)
        if (rebuild.onRebuilt !== undefined) yield* rebuild.onRebuilt(repository)
      })
    })
  )
  const rebuiltMillis = yield* passedMillis
  yield* onStage("verify")
  // A notice says nothing of recovery: an index that was filled beside a hub is behind wherever somebody pushes.
  const told = (finding: Finding) => (finding.severity === "fault" ? onFinding(finding) : Effect.void)
  const verified = yield* timed(
    inShadow(verifyHub({ level, repositories, version, onFinding: told, onProgress: onVerifying }))
  )

  yield* onStage("compare")
  const chosen = sample === undefined ? names : (yield* Random.shuffle(names)).slice(0, sample)
  let extraRows = 0
  const lost = (row: Difference) => {
    extraRows += 1
    return onExtraRow(row)
  }
  let [compared, moving, comparedBytes, differences] = [0, 0, 0, 0]
  const compare = Effect.fnUntraced(function* (name: FullName) {
    const answers = yield* compareFetches(name, live, shadow)
    if (Option.isNone(answers)) {
      moving += 1
      return
    }
    const isSame = isSameAnswer(answers.value)
    compared += 1
    comparedBytes += answers.value.rebuilt.bytes
    if (!isSame) differences += 1
    yield* onCompared(answers.value, isSame, chosen.length)
  })
  const answered = yield* timed(
    Effect.andThen(
      rowsWithoutStore(live, shadow, repositories, lost),
      Effect.forEach(chosen, compare, { discard: true })
    )
  )
  const report: DrillReport = {
    at: new Date(begunMillis).toISOString(),
    version,
    level,
    servedMillis,
    rebuiltMillis,
    verifiedMillis: verified.millis,
    comparedMillis: answered.millis,
    repositories: rebuilt.repositories,
    packs: rebuilt.packs,
    losses: rebuilt.losses,
    faults: verified.value.faults,
    extraRows,
    compared,
    moving,
    comparedBytes,
    differences
  }
  if (repositories === undefined) yield* noteInStore(latest, drillCodec, report, "the drill")
  return report
})

/** Returns the report of the last drill that came to its end, if there was one. */
export const lastDrill = Effect.fn("lastDrill")(function* (): Effect.fn.Return<
  Option.Option<DrillReport>,
  ObjectCorrupt | StoreUnavailable,
  ObjectStore
> {
  return Option.map(yield* readDocument(latest, drillCodec), ({ value }) => value)
})
