/** Derives symbols: what blobs have, each blob once, and what each commit did to symbols. */
import { Effect } from "effect"
import type { Extractor } from "../../port/extractor/Extractor.ts"
import { type Deriver, DerivationIndex, type UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import { type DerivedSymbols, type SymbolEvent, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { Round, WorkingDeriver } from "./deriveRounds.ts"
import { BlobReader } from "./symbols/BlobReader.ts"
import { symbolsOfCommit } from "./symbols/symbolsOfCommit.ts"
import { treesOfCommit, unlessLost } from "./treesOfCommit.ts"

/** Raise it whenever `symbolsOfCommit` gives something else of the same symbols. */
const symbolsVersion = 1

/** The versions that an extractor may have. */
const extractorVersions = 1000

/** Returns the deriver, whose version is greater with each of its own and of the extractor's. */
export const symbolsDeriver = ({ version }: Pick<Extractor["Service"], "version">): Deriver => ({
  name: "symbols",
  version: symbolsVersion * extractorVersions + version
})

/** Commits of a round: fewer than of touches, since each may have files to parse. */
const roundCommits = 50

/** Events and symbols after which those of a round are recorded before its end: they are in memory until then. */
const roundSymbols = 20_000

const roundOf = (extractor: Extractor["Service"]): Round =>
  Effect.fnUntraced(function* (repository, goOn) {
    const { name, version } = symbolsDeriver(extractor)
    const of = { deriver: name, repository }
    const work = yield* DerivationIndex
    const { recordSymbols } = yield* SymbolIndex
    const { readAhead } = yield* SnapshotReader
    const commits = yield* work.underived(of, roundCommits)
    if (commits.length === 0) return 0
    const needed = commits.flatMap(({ parents, snapshotId }) => (parents === undefined ? [] : [...parents, snapshotId]))
    yield* readAhead(repository, needed)
    const reader = new BlobReader(repository, extractor)
    const lost: Array<UnderivedCommit> = []
    let derived: Array<DerivedSymbols> = []
    /** Events of the commits in `derived`. */
    let waiting = 0

    const record = Effect.suspend(() => {
      const batch = { extractor: extractorText(extractor), blobs: reader.takeFresh(), commits: derived }
      derived = []
      waiting = 0
      return recordSymbols(repository, version, batch)
    })

    for (const commit of commits) {
      const trees = yield* treesOfCommit(name, repository, commit)
      const { generation, id } = commit
      let events: Array<SymbolEvent> = []
      /** Adds events to those of the commit, and records them with all before if they are many. */
      const tell = Effect.fnUntraced(function* (some: ReadonlyArray<SymbolEvent>) {
        yield* goOn
        events.push(...some)
        if (waiting + events.length + reader.freshSymbols < roundSymbols) return
        derived.push({ id, generation, events, isWhole: false })
        events = []
        yield* record
      })
      const done =
        trees === undefined
          ? undefined
          : yield* unlessLost(
              name,
              repository,
              commit,
              Effect.as(symbolsOfCommit(extractor, reader, trees, tell), true)
            )
      if (done === undefined) lost.push(commit)
      else {
        derived.push({ id, generation, events, isWhole: true })
        waiting += events.length
      }
    }
    yield* record
    if (lost.length > 0) yield* work.putOff(of, lost)
    return commits.length
  })

/** Returns what derives symbols with an extractor. */
export const symbolsBy = (extractor: Extractor["Service"]): WorkingDeriver => ({
  deriver: symbolsDeriver(extractor),
  round: roundOf(extractor)
})
