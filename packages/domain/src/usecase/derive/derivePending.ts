/** Derives what is left in some repositories or in all, now. */
import { Effect, Option } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import { DerivationIndex, type DeriverName } from "../../port/index/derived/DerivationIndex.ts"
import { RandomId } from "../../port/RandomId.ts"
import { TableIndex } from "../../port/index/TableIndex.ts"
import { derivedTrees, deriveRounds, type DeriveError, type DeriveServices } from "./deriveRounds.ts"
import { workingDerivers } from "./workingDerivers.ts"

export interface DeriveOptions {
  /** What to derive; touches if it is absent. */
  readonly deriver?: DeriverName | undefined
  /** The repositories to work at; all if it is absent. */
  readonly repositories?: ReadonlyArray<RepositoryId> | undefined
  /** Whether to delete what was derived there, and derive it again. */
  readonly again?: boolean | undefined
  /** Told after each round: commits that are done, and those that are left with them. */
  readonly told?: (progress: Progress) => Effect.Effect<void>
}

export interface Progress {
  readonly done: number
  readonly total: number
}

/** The result of a run. */
export interface Derived {
  /** Commits from which was derived. */
  readonly commits: number
  /**
   * Commits that are left: what they need is lost, another hub, perhaps a later version, is at it, or the deriver does
   * not work here.
   */
  readonly pending: number
}

const everyRepository = Effect.gen(function* () {
  const { repositoryAfter } = yield* TableIndex
  const ids: Array<RepositoryId> = []
  for (let next = yield* repositoryAfter(undefined); Option.isSome(next); next = yield* repositoryAfter(ids.at(-1))) {
    ids.push(next.value)
  }
  return ids
})

/** Derives what is left to a deriver. What was put off because it could not be read is tried again. */
export const derivePending = Effect.fn("derivePending")(function* ({
  again = false,
  deriver = "touches",
  repositories,
  told = () => Effect.void
}: DeriveOptions = {}): Effect.fn.Return<Derived, DeriveError, DeriveServices | TableIndex> {
  const work = yield* DerivationIndex
  const holder = (yield* RandomId)()
  const working = (yield* workingDerivers).get(deriver)
  // What a later version made is not deleted by this one.
  const isCurrent = working !== undefined && (yield* work.startDeriver(working.deriver))
  const ids = isCurrent ? (repositories ?? (yield* everyRepository)) : []
  const prepare = again ? work.deriveAgain : work.resumeDerivation
  yield* Effect.forEach(ids, (repository) => prepare({ deriver, repository }), { discard: true })
  const left = Effect.gen(function* () {
    if (repositories === undefined) return yield* work.pendingCommits(deriver)
    const counts = yield* Effect.forEach(repositories, (repository) => work.pendingCommits(deriver, repository))
    return counts.reduce((sum, count) => sum + count, 0)
  })
  const total = yield* left
  let done = 0
  const tell = (commits: number) =>
    Effect.suspend(() => {
      done += commits
      return told({ done, total: Math.max(done, total) })
    })
  if (working !== undefined) {
    yield* Effect.forEach(ids, (repository) => deriveRounds(working, repository, holder, { told: tell }), {
      discard: true
    }).pipe(Effect.provide(derivedTrees))
  }
  const pending = yield* left
  const derived: Derived = { commits: done, pending }
  return derived
})
