/** Derives touches: which paths each commit touches. */
import { Effect } from "effect"
import { elementAt } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import { type DerivedTouches, TouchIndex } from "../../port/index/derived/TouchIndex.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import { findingTouches } from "../../reading/touches/findingTouches.ts"
import { forEvery, type Round, type WorkingDeriver } from "./deriveRounds.ts"
import { treesOf, treesOfCommit } from "./treesOfCommit.ts"

/** Raise the version whenever `findingTouches` gives something else. */
export const touchesDeriver: Deriver = { name: "touches", version: 1 }

/** Commits of a round, and those that are recorded together while others are derived. */
export const roundCommits = 1000
const partCommits = 200

/** Touches that are recorded together: they are in memory until then. */
const partTouches = 20_000

/** Returns what a commit touches; undefined if what that needs is lost. */
const touchesOf = Effect.fnUntraced(function* (repository: RepositoryId, commit: UnderivedCommit) {
  const { generation, id } = commit
  const trees = yield* treesOfCommit(touchesDeriver.name, repository, commit)
  if (trees === undefined) return undefined
  const { before, tree } = trees
  const derived: DerivedTouches = { id, generation, ...(yield* inSlices(() => findingTouches(tree, before))) }
  return derived
})

/** Derives one round. Returns how many commits it took. */
const round: Round = Effect.fnUntraced(function* (repository, goOn) {
  const of = { deriver: touchesDeriver.name, repository }
  const work = yield* DerivationIndex
  const { recordTouches } = yield* TouchIndex
  const { readAhead } = yield* SnapshotReader
  const commits = yield* work.underived(of, roundCommits)
  const lost: Array<UnderivedCommit> = []
  let at = 0

  /** Derives the next commits, as many as are recorded together. */
  const nextPart = Effect.gen(function* () {
    const part: Array<DerivedTouches> = []
    let touches = 0
    while (at < commits.length && part.length < partCommits && touches < partTouches) {
      if (at % partCommits === 0) yield* readAhead(repository, treesOf(commits.slice(at, at + partCommits)))
      const commit = elementAt(commits, at++)
      yield* goOn
      const touched = yield* touchesOf(repository, commit)
      if (touched === undefined) {
        lost.push(commit)
        continue
      }
      part.push(touched)
      touches += touched.files.length
    }
    return part
  })

  let part = yield* nextPart
  while (part.length > 0) {
    const recording = recordTouches(repository, touchesDeriver.version, part)
    part = (yield* Effect.all([recording, nextPart], { concurrency: 2 }))[1]
  }
  if (lost.length > 0) yield* work.putOff(of, lost)
  return commits.length
})

export const touches: WorkingDeriver = { deriver: touchesDeriver, isFor: forEvery, round }
