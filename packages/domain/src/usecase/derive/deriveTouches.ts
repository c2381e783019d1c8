/**
 * Derives touches: which paths each commit touches. Works through the commits of a repository that are left, parents
 * first, in rounds that are recorded whole, so a run that is killed anywhere loses a round at most.
 */
import { Clock, Effect, Result } from "effect"
import { inSlices } from "../../base/Slices.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import type { ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import { type DerivedTouches, TouchIndex } from "../../port/index/derived/TouchIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { layerOf, SnapshotReader } from "../../reading/SnapshotReader.ts"
import { findingTouches } from "../../reading/touches/findingTouches.ts"

/** Raise the version whenever `findingTouches` gives something else. */
export const touchesDeriver: Deriver = { name: "touches", version: 1 }

/** Commits of a round. */
export const roundCommits = 200

/** Touches after which those of a round are recorded before its end: they are in memory until then. */
const roundTouches = 20_000

/** How long the work of a repository is held, and when it is held anew. A round takes a fraction of both. */
const holdMillis = 60_000
const heldAnewMillis = 10_000

/** Bytes of the trees that a run keeps, apart from those of readers, which it would evict. */
const keptBytesMax = 32 * 1024 * 1024

/** Returns what a commit touches; undefined if what that needs is lost. */
const touchesOf = Effect.fnUntraced(function* (repository: RepositoryId, commit: UnderivedCommit) {
  const { generation, id, parents, snapshotId } = commit
  if (parents === undefined) return undefined
  const reader = yield* SnapshotReader
  // The manifests of the index are those of the newest commits, which are in memory after a push.
  const read = Effect.forEach([snapshotId, ...parents], (snapshot) =>
    reader.tree({ id: repository, indexed: false }, snapshot)
  )
  const trees = yield* Effect.result(read)
  if (Result.isFailure(trees)) {
    if (!isLoss(trees.failure)) return yield* trees.failure
    yield* Effect.logWarning(`the touches of commit ${id} of repository ${repository} are not derived`, trees.failure)
    return undefined
  }
  const [tree, ...before] = trees.success
  if (tree === undefined) return undefined
  const derived: DerivedTouches = { id, generation, ...(yield* inSlices(() => findingTouches(tree, before))) }
  return derived
})

/** Derives one round. Returns how many commits it took. */
const round = Effect.fnUntraced(function* (repository: RepositoryId) {
  const of = { deriver: touchesDeriver.name, repository }
  const work = yield* DerivationIndex
  const { recordTouches } = yield* TouchIndex
  const { readAhead } = yield* SnapshotReader
  const commits = yield* work.underived(of, roundCommits)
  if (commits.length === 0) return 0
  const needed = commits.flatMap(({ parents, snapshotId }) => (parents === undefined ? [] : [...parents, snapshotId]))
  yield* readAhead(repository, needed)
  const lost: Array<UnderivedCommit> = []
  let derived: Array<DerivedTouches> = []
  let touches = 0
  for (const commit of commits) {
    const touched = yield* touchesOf(repository, commit)
    if (touched === undefined) {
      lost.push(commit)
      continue
    }
    derived.push(touched)
    touches += touched.files.length
    if (touches < roundTouches) continue
    yield* recordTouches(repository, touchesDeriver.version, derived)
    derived = []
    touches = 0
  }
  yield* recordTouches(repository, touchesDeriver.version, derived)
  if (lost.length > 0) yield* work.putOff(of, lost)
  return commits.length
})

export type DeriveError = IndexUnavailable | ObjectReadError

export type DeriveServices = DerivationIndex | ObjectIndex | ObjectStore | Packs | TouchIndex

/**
 * Derives what is left in a repository, unless another holder is at it. Calls `told` with the commits of each round.
 * Returns false if another holder has the work, or a later version of the deriver is at it.
 */
export const deriveTouches = Effect.fn("deriveTouches")(function* (
  repository: RepositoryId,
  holder: string,
  told: (commits: number) => Effect.Effect<void> = () => Effect.void
): Effect.fn.Return<boolean, DeriveError, DeriveServices> {
  const of = { deriver: touchesDeriver.name, repository }
  const work = yield* DerivationIndex
  const rounds = Effect.gen(function* () {
    for (let heldAt = -Infinity; ;) {
      // Rows of a later version are not recorded by this one, and their commits would be taken again and again.
      if (!(yield* work.startDeriver(touchesDeriver))) return false
      const now = yield* Clock.currentTimeMillis
      if (now - heldAt > heldAnewMillis) {
        if (!(yield* work.holdDerivation(of, holder, holdMillis))) return false
        heldAt = now
      }
      const taken = yield* round(repository)
      if (taken === 0) return true
      yield* told(taken)
    }
  })
  return yield* Effect.ensuring(
    Effect.provide(rounds, layerOf(keptBytesMax)),
    Effect.catch(work.releaseDerivation(of, holder), (error) =>
      Effect.logWarning(`the work in repository ${repository} is held for up to a minute more`, error)
    )
  )
})
