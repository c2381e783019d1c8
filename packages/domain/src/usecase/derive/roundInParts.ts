/**
 * A round of a deriver that reads blobs, so that one commit may take long. What it finds is recorded in parts: a kill
 * loses the last ones, and no more than two are in memory. While some commits are derived, what the next ones need is
 * read, and the former are recorded.
 */
import { Effect, type Scope, Semaphore } from "effect"
import { elementAt } from "../../base/expected.ts"
import { inSlices, type Slices } from "../../base/Slices.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { DeriveError, DeriveServices, Round } from "./deriveRounds.ts"
import { type CommitTrees, treesOf, treesOfCommit, unlessLost } from "./treesOfCommit.ts"

/** Commits of a round, those whose trees are read together, and those that are recorded beside the next ones. */
const [roundCommits, treesAhead, recordedTogether] = [400, 50, 50]

/** Rows after which those of a round are recorded before its end. */
const roundRows = 20_000

/** Files of the commits whose blobs are read together. */
const filesAhead = 32

/** Files of the commits beside which the next ones are looked at: of more, the lists take memory. */
const filesBeside = 10_000

/** What a commit gives, or a part of that. */
export interface Part<A> extends Pick<UnderivedCommit, "generation" | "id"> {
  readonly rows: ReadonlyArray<A>
  /** Whether that is all that was not recorded before. */
  readonly isWhole: boolean
}

export type Tell<A> = (rows: ReadonlyArray<A>) => Effect.Effect<void, IndexUnavailable, DeriveServices>

/** One round at work, whose rows come of files that commits touch. */
export interface RoundAtWork<F, A> {
  /** Finds the files of a commit. */
  readonly finding: (trees: CommitTrees) => Slices<ReadonlyArray<F>>
  /**
   * Reads what these files need, and keeps it for a while. What cannot be read is left out. What goes on after that
   * ends with the round.
   */
  readonly readAhead: (files: ReadonlyArray<F>) => Effect.Effect<void, DeriveError, DeriveServices | Scope.Scope>
  /** Calls `tell` with what a commit with these files gives, a part after another. */
  readonly derive: (files: ReadonlyArray<F>, tell: Tell<A>) => Effect.Effect<void, DeriveError, DeriveServices>
  /** Counts what waits to be recorded beside the rows. */
  readonly waiting: () => number
  readonly record: (parts: ReadonlyArray<Part<A>>) => Effect.Effect<void, IndexUnavailable, DeriveServices>
}

interface CommitFiles<F> {
  readonly commit: UnderivedCommit
  readonly files: ReadonlyArray<F>
}

/** Returns the round of a deriver. `begin` is called for each. */
export const roundInParts = <F, A>({ name }: Deriver, begin: (repository: RepositoryId) => RoundAtWork<F, A>): Round =>
  Effect.fnUntraced(function* (repository, goOn) {
    const of = { deriver: name, repository }
    const work = yield* DerivationIndex
    const { readAhead: readTrees } = yield* SnapshotReader
    const commits = yield* work.underived(of, roundCommits)
    if (commits.length === 0) return 0
    const { derive, finding, readAhead, record, waiting } = begin(repository)
    const lost: Array<UnderivedCommit> = []
    let derived: Array<Part<A>> = []
    /** Rows of the commits in `derived`. */
    let derivedRows = 0

    // Two at once could each wait for a row of the other.
    const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1)
    const recordDerived = Effect.suspend(() => {
      const parts = derived
      derived = []
      derivedRows = 0
      return record(parts)
    }).pipe(oneAtATime)

    let at = 0
    /** Finds the files of the next commits, as many as are read together, and reads those. */
    const nextFiles = Effect.gen(function* () {
      const found: Array<CommitFiles<F>> = []
      let count = 0
      while (at < commits.length && count < filesAhead) {
        if (at % treesAhead === 0) yield* readTrees(repository, treesOf(commits.slice(at, at + treesAhead)))
        const commit = elementAt(commits, at++)
        yield* goOn
        const trees = yield* treesOfCommit(name, repository, commit)
        if (trees === undefined) {
          lost.push(commit)
          continue
        }
        const files = yield* inSlices(() => finding(trees))
        found.push({ commit, files })
        count += files.length
      }
      yield* readAhead(found.flatMap(({ files }) => files.slice(0, filesAhead)))
      return { found, count }
    })

    const deriveCommit = Effect.fnUntraced(function* ({ commit, files }: CommitFiles<F>) {
      yield* goOn
      const { generation, id } = commit
      let rows: Array<A> = []
      /** Adds rows to those of the commit, and records them with all before if they are many. */
      const tell = Effect.fnUntraced(function* (some: ReadonlyArray<A>) {
        yield* goOn
        rows.push(...some)
        if (derivedRows + rows.length + waiting() < roundRows) return
        derived.push({ id, generation, rows, isWhole: false })
        rows = []
        yield* recordDerived
      })
      if (!(yield* unlessLost(name, repository, commit, Effect.as(derive(files, tell), true)))) lost.push(commit)
      else {
        derived.push({ id, generation, rows, isWhole: true })
        derivedRows += rows.length
      }
    })

    let next = yield* nextFiles
    while (next.found.length > 0) {
      const recording = derived.length < recordedTogether ? Effect.void : recordDerived
      const deriving = Effect.forEach(next.found, deriveCommit, { discard: true })
      const concurrency = next.count > filesBeside ? 1 : 3
      next = (yield* Effect.all([recording, deriving, nextFiles], { concurrency }))[2]
    }
    yield* recordDerived
    if (lost.length > 0) yield* work.putOff(of, lost)
    return commits.length
  }, Effect.scoped)
