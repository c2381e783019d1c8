/** Derives touches: which paths each commit touches. */
import { Effect } from "effect"
import { inSlices } from "../../base/Slices.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import { type DerivedTouches, TouchIndex } from "../../port/index/derived/TouchIndex.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import { findingTouches } from "../../reading/touches/findingTouches.ts"
import type { Round, WorkingDeriver } from "./deriveRounds.ts"
import { treesOfCommit } from "./treesOfCommit.ts"

/** Raise the version whenever `findingTouches` gives something else. */
export const touchesDeriver: Deriver = { name: "touches", version: 1 }

/** Commits of a round. */
export const roundCommits = 200

/** Touches after which those of a round are recorded before its end: they are in memory until then. */
const roundTouches = 20_000

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
  if (commits.length === 0) return 0
  const needed = commits.flatMap(({ parents, snapshotId }) => (parents === undefined ? [] : [...parents, snapshotId]))
  yield* readAhead(repository, needed)
  const lost: Array<UnderivedCommit> = []
  let derived: Array<DerivedTouches> = []
  let touches = 0
  for (const commit of commits) {
    yield* goOn
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

export const touches: WorkingDeriver = { deriver: touchesDeriver, round }
