/**
 * Works through the commits of a repository that are left to a deriver, parents first, in rounds. What a round derives
 * is recorded whole or in parts that are right by themselves, so a run that is killed anywhere loses a round at most.
 */
import { Clock, Effect } from "effect"
import type { ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { ExtractorUnavailable } from "../../port/extractor/Extractor.ts"
import { type Deriver, DerivationIndex } from "../../port/index/derived/DerivationIndex.ts"
import type { LineIndex } from "../../port/index/derived/LineIndex.ts"
import type { MarkIndex } from "../../port/index/derived/MarkIndex.ts"
import type { SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import type { TouchIndex } from "../../port/index/derived/TouchIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { layerOf, type SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { Repository } from "../../repository/Root.ts"

/** How long the work of a repository is held, and when it is held anew. */
const holdMillis = 60_000
const heldAnewMillis = 10_000

/** Bytes of the trees that derivers keep, apart from those of readers, which they would evict. */
const keptBytesMax = 32 * 1024 * 1024

/** The trees of derivers that work at the same time. */
export const derivedTrees = layerOf(keptBytesMax)

export type DeriveError = ExtractorUnavailable | IndexUnavailable | ObjectReadError

export type DeriveServices =
  | DerivationIndex
  | LineIndex
  | MarkIndex
  | ObjectIndex
  | ObjectStore
  | Packs
  | Roots
  | SymbolIndex
  | TouchIndex

/**
 * Derives one round, and returns how many commits it took, or identities. With `goOn`, before each and now and then
 * within a long one, a round says that it is on, and waits for its turn.
 */
export type Round = (
  repository: RepositoryId,
  goOn: Effect.Effect<void, IndexUnavailable, DerivationIndex>
) => Effect.Effect<number, DeriveError, DeriveServices | SnapshotReader>

/** A deriver, and what it does. */
export interface WorkingDeriver {
  readonly deriver: Deriver
  /** Says whether a move of the root of this repository may give it work. */
  readonly isFor: (repository: Repository) => boolean
  readonly round: Round
}

/** Says that a deriver is for every repository. */
export const forEvery = (): boolean => true

interface RoundsOptions {
  /** Told after each round how many commits it took. */
  readonly told?: ((commits: number) => Effect.Effect<void>) | undefined
  /** Waits until a round may go on. */
  readonly turn?: Effect.Effect<void> | undefined
}

/**
 * Derives what is left in a repository, unless another holder is at it. Returns false if another holder has the work,
 * or a later version of the deriver is at it.
 */
export const deriveRounds = Effect.fn("deriveRounds")(function* (
  { deriver, round }: WorkingDeriver,
  repository: RepositoryId,
  holder: string,
  { told = () => Effect.void, turn = Effect.void }: RoundsOptions = {}
): Effect.fn.Return<boolean, DeriveError, DeriveServices | SnapshotReader> {
  const of = { deriver: deriver.name, repository }
  const work = yield* DerivationIndex
  let heldAt = -Infinity
  const hold = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now - heldAt <= heldAnewMillis) return true
    const isHeld = yield* work.holdDerivation(of, holder, holdMillis)
    if (isHeld) heldAt = now
    return isHeld
  })
  const rounds = Effect.gen(function* () {
    for (;;) {
      // Rows of a later version are not recorded by this one, and their commits would be taken again and again.
      if (!(yield* work.startDeriver(deriver))) return false
      if (!(yield* hold)) return false
      // Two at the same commits cost time and nothing else.
      const taken = yield* round(repository, Effect.andThen(turn, Effect.asVoid(hold)))
      if (taken === 0) return true
      yield* told(taken)
    }
  })
  return yield* Effect.ensuring(
    rounds,
    Effect.catch(work.releaseDerivation(of, holder), (error) =>
      Effect.logWarning(`the work in repository ${repository} is held for up to a minute more`, error)
    )
  )
})
