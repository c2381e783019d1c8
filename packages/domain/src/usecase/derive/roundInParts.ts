/**
 * A round of a deriver that reads blobs, so that one commit may take long. What it finds is recorded in parts: a kill
 * loses the last one, and no more than that is in memory.
 */
import { Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { DeriveError, DeriveServices, Round } from "./deriveRounds.ts"
import { type CommitTrees, treesOfCommit, unlessLost } from "./treesOfCommit.ts"

/** Commits of a round: fewer than of touches, since each may have files to read. */
const roundCommits = 50

/** Rows after which those of a round are recorded before its end. */
const roundRows = 20_000

/** What a commit gives, or a part of that. */
export interface Part<A> extends Pick<UnderivedCommit, "generation" | "id"> {
  readonly rows: ReadonlyArray<A>
  /** Whether that is all that was not recorded before. */
  readonly isWhole: boolean
}

export type Tell<A> = (rows: ReadonlyArray<A>) => Effect.Effect<void, IndexUnavailable, DeriveServices>

/** One round at work. */
export interface RoundAtWork<A> {
  /** Calls `tell` with what a commit gives, a part after another. */
  readonly derive: (trees: CommitTrees, tell: Tell<A>) => Effect.Effect<void, DeriveError, DeriveServices>
  /** Counts what waits to be recorded beside the rows. */
  readonly waiting: () => number
  readonly record: (parts: ReadonlyArray<Part<A>>) => Effect.Effect<void, IndexUnavailable, DeriveServices>
}

/** Returns the round of a deriver. `begin` is called for each. */
export const roundInParts = <A>({ name }: Deriver, begin: (repository: RepositoryId) => RoundAtWork<A>): Round =>
  Effect.fnUntraced(function* (repository, goOn) {
    const of = { deriver: name, repository }
    const work = yield* DerivationIndex
    const { readAhead } = yield* SnapshotReader
    const commits = yield* work.underived(of, roundCommits)
    if (commits.length === 0) return 0
    const needed = commits.flatMap(({ parents, snapshotId }) => (parents === undefined ? [] : [...parents, snapshotId]))
    yield* readAhead(repository, needed)
    const { derive, record, waiting } = begin(repository)
    const lost: Array<UnderivedCommit> = []
    let derived: Array<Part<A>> = []
    /** Rows of the commits in `derived`. */
    let derivedRows = 0

    const recordDerived = Effect.suspend(() => {
      const parts = derived
      derived = []
      derivedRows = 0
      return record(parts)
    })

    for (const commit of commits) {
      yield* goOn
      const trees = yield* treesOfCommit(name, repository, commit)
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
      const done =
        trees === undefined
          ? undefined
          : yield* unlessLost(name, repository, commit, Effect.as(derive(trees, tell), true))
      if (done === undefined) lost.push(commit)
      else {
        derived.push({ id, generation, rows, isWhole: true })
        derivedRows += rows.length
      }
    }
    yield* recordDerived
    if (lost.length > 0) yield* work.putOff(of, lost)
    return commits.length
  })
