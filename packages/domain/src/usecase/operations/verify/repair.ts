/**
 * Repairs a repository after an inspection: restores from a backup what is lost, puts back objects that are held
 * elsewhere, then records the rows again, where nothing else is wrong. After each step the repository is inspected once
 * more: what is told then could not be mended.
 */
import { Effect } from "effect"
import { expected } from "../../../base/expected.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import { isRecordKey, pathByHash } from "./ByHash.ts"
import { heldInStore } from "./lost/heldInStore.ts"
import { keptManifests } from "./lost/keptManifests.ts"
import { type LostObject, nameText } from "./lost/LostObject.ts"
import type { ObjectSource } from "./lost/ObjectSource.ts"
import { putBack } from "./lost/putBack.ts"
import { lacksNothing, replaceDamaged } from "./lost/replaceDamaged.ts"
import type { Finding } from "./Finding.ts"
import { Inspection, Tally } from "./Inspection.ts"
import type { Reading } from "./Reading.ts"
import { namedBackup, restoreLost } from "./restoreLost.ts"
import { verifyRepository } from "./verifyRepository.ts"

/** Records the rows of a repository again from its packs. */
const recordRows = Effect.fnUntraced(function* (repository: RepositoryId, lacksRowsOnly: boolean) {
  const index = yield* RepositoryIndex
  const roots = yield* Roots
  const recorded = Effect.gen(function* () {
    if (!lacksRowsOnly) yield* index.forget(repository)
    const root = yield* roots.read(repository)
    // Rows that turn out to be wrong are deleted, and recorded again at the second attempt.
    yield* Effect.retry(catchUp(root), { while: ({ _tag }) => _tag === "IndexUnavailable", times: 1 })
  })
  // What was whole a moment ago was damaged meanwhile: the next inspection tells.
  yield* Effect.catchTags(recorded, {
    RootMissing: (error) => Effect.logWarning("rows could not be recorded", error),
    RefsLost: (error) => Effect.logWarning("rows could not be recorded", error),
    ObjectMissing: (error) => Effect.logWarning("rows could not be recorded", error),
    ObjectCorrupt: (error) => Effect.logWarning("rows could not be recorded", error)
  })
})

export interface RepairOptions {
  /** A copy of the store, from which lost bytes are restored. */
  readonly backup: ObjectStore["Service"] | undefined
  /** A clone, or another place that may have lost objects. */
  readonly clone: ObjectSource | undefined
  readonly reading: Reading
  /** Counts what was mended. */
  readonly tally: Tally
  readonly onFinding: (finding: Finding) => Effect.Effect<void>
  /** Is told that a repository is looked at again. */
  readonly onInspecting: (repository: RepositoryId) => void
}

/** Logs that a step could not be done, as where a push was faster; fails where store or index do not answer. */
const passedOver =
  <B>(otherwise: B) =>
  <A, E extends { readonly _tag: string; readonly message: string }, R>(step: Effect.Effect<A, E, R>) =>
    Effect.catch(step, (error): Effect.Effect<B, StoreUnavailable | IndexUnavailable> =>
      error instanceof StoreUnavailable || error instanceof IndexUnavailable
        ? Effect.fail(error)
        : Effect.as(Effect.logWarning("what was lost could not be put back", error), otherwise)
    )

const nothing: ReadonlySet<string> = new Set()

/** Lists the objects that are looked for elsewhere. Of a large blob, its key was noted. */
const lostObjectsOf = ({ lost, lostObjects }: Inspection): ReadonlyArray<LostObject> => [
  ...lostObjects,
  ...lost.flatMap((key) =>
    isRecordKey(key) || key.type === "pack"
      ? []
      : [{ type: key.type, id: key.id, sha256: undefined, pack: undefined } as const]
  )
]

/** Repairs what the inspection found wrong and can be repaired. */
export const repair = Effect.fnUntraced(function* (
  first: Inspection,
  { clone, onFinding, onInspecting, reading, tally, ...options }: RepairOptions
) {
  const repository = expected(first.repository ?? undefined, "the repository of an inspection")
  const again = Effect.fnUntraced(function* (before: Inspection) {
    onInspecting(repository)
    const inspection = new Inspection(before.level, repository, new Tally(), (finding) =>
      finding.severity === "fault" ? onFinding(finding) : Effect.void
    )
    yield* verifyRepository(inspection, repository, reading, true)
    yield* inspection.end
    tally.faults += inspection.faults - before.faults
    tally.mended += Math.max(0, before.faults - inspection.faults)
    return inspection
  })
  const backup = options.backup === undefined ? undefined : namedBackup(options.backup)
  let inspection = first
  if (backup !== undefined) {
    const tried = new Set<string>()
    let { lost } = inspection
    while (lost.length > 0) {
      for (const key of lost) tried.add(pathByHash(key))
      yield* restoreLost(lost, backup)
      inspection = yield* again(inspection)
      // What was restored may tell of more that is lost: a snapshot of a blob under its own key.
      lost = inspection.lost.filter((key) => !tried.has(pathByHash(key)))
    }
  }
  const sources = [
    heldInStore(yield* ObjectStore, repository),
    ...(clone === undefined ? [] : [clone]),
    ...(backup === undefined ? [] : [heldInStore(backup, repository)]),
    yield* keptManifests(repository)
  ]
  const held = new Set<string>()
  for (;;) {
    const lost = lostObjectsOf(inspection).filter((object) => !held.has(nameText(object)))
    const put = yield* passedOver(nothing)(putBack(repository, lost, sources))
    if (put.size === 0) break
    for (const name of put) held.add(name)
    // What was put back may tell of more that is lost: a commit of its parents, a snapshot of its blobs.
    inspection = yield* again(inspection)
  }
  const isReplaced = yield* passedOver(false)(replaceDamaged(inspection, repository, held))
  if (isReplaced) inspection = yield* again(inspection)
  const isPutBack = held.size > 0 && lacksNothing(inspection, held)
  if (!inspection.isRepairable && !isPutBack) return
  yield* recordRows(repository, inspection.lacksRowsOnly && !isReplaced && !isPutBack)
  yield* again(inspection)
})
