/**
 * Tests of every index's promises about symbols: those of blobs, and what commits did to them. Part of the suite in
 * `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import type { ExtractedSymbol } from "@musehub/domain/port/extractor/Extraction"
import { sha256 } from "@musehub/domain/object/Digest"
import type { Deriver } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { DerivedSymbols, ExtractedBlob, SymbolEvent } from "@musehub/domain/port/index/derived/SymbolIndex"
import { Effect } from "effect"
import { at, batchOf, type History, historyOf, lineOf } from "../../IndexSamples.ts"
import type { Suite } from "../../IndexSuite.ts"
import { newRepository } from "../../StoreSamples.ts"
import { wholeIndex } from "../../wholeIndex.ts"

/** The version at which these tests begin; the index may be shared. */
const version = 1
const deriver: Deriver = { name: "symbols", version }
const extractor = "lines 1"

const symbol = (qualifiedName: string): ExtractedSymbol => ({
  name: qualifiedName,
  qualifiedName,
  kind: "function",
  visibility: "public",
  line: 1,
  endLine: 2,
  bodyHash: sha256("body"),
  signatureHash: sha256("signature")
})

const event: SymbolEvent = {
  address: 'dir/𝛼.def::one "quoted"',
  kind: "method",
  change: "renamed",
  body: false,
  signature: true,
  former: "dir/𝛼.def::\\n"
}

/** A commit of a history that did something to a symbol, and a blob of it. */
const changing = ({ commits }: History, place: number, isWhole = true) => {
  const { generation, introduces, stored } = at(commits, place)
  const commit: DerivedSymbols = { id: stored.id, generation, events: [event], isWhole }
  const blob: ExtractedBlob = {
    blob: at(introduces, 0),
    language: "lines",
    symbols: [symbol("one"), symbol("\0𝛼")],
    calls: ["\0", "one"],
    imports: ["./𝛼"],
    refused: undefined
  }
  return { commit, blob }
}

export const symbols = (it: Suite) => {
  it.effect("symbols are recorded once, by the version at work, and deleted to be derived again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const history = yield* historyOf(lineOf(3))
      const { repository } = history
      const of = { deriver: deriver.name, repository }
      yield* index.record(batchOf(history))
      const [one, two, three] = [0, 1, 2].map((place) => changing(history, place))
      if (one === undefined || two === undefined || three === undefined) throw new Error("three were made")
      const record = (of: number, ...changes: ReadonlyArray<typeof one>) =>
        index.recordSymbols(repository, of, {
          extractor,
          blobs: changes.map(({ blob }) => blob),
          commits: changes.map(({ commit }) => commit)
        })
      const events = (limit = 5) => index.symbolEvents(repository, event.address, { limit })
      const blobs = index.blobSymbols(repository, extractor, [one.blob, two.blob, three.blob])

      yield* record(version + 1, one)
      yield* record(version)
      assert.deepStrictEqual([yield* blobs, yield* events()], [[], []])
      const refused: ExtractedBlob = { ...three.blob, symbols: [], calls: [], imports: [], refused: "too costly" }
      yield* record(version, { ...three, blob: refused }, one)
      assert.strictEqual(yield* index.pendingCommits("symbols", repository), 1)
      const { calls, imports, ...kept } = one.blob
      const { calls: _calls, imports: _imports, ...none } = refused
      assert.sameDeepMembers([...(yield* blobs)], [kept, none])
      const uses = yield* index.blobUses(repository, extractor, [one.blob, two.blob, three.blob])
      assert.sameDeepMembers(
        [...uses],
        [one.blob, three.blob].map(({ blob, language }) =>
          blob === one.blob.blob ? { blob, language, calls, imports } : { blob, language, calls: [], imports: [] }
        )
      )
      assert.deepStrictEqual(yield* index.blobUses(repository, "lines 2", [one.blob]), [])
      const other = { ...event, address: "other" }
      yield* record(version, { ...one, commit: { ...one.commit, events: [other] } })
      assert.deepStrictEqual(yield* index.symbolEvents(repository, "other", { limit: 5 }), [])

      // A part of a commit is there before the commit is done, and again.
      const part = changing(history, 1, false)
      yield* record(version, part)
      yield* record(version, part)
      assert.strictEqual(yield* index.pendingCommits("symbols", repository), 1)
      assert.lengthOf(yield* events(), 3)
      yield* record(version, { ...two, commit: { ...two.commit, events: [other] } })
      assert.strictEqual(yield* index.pendingCommits("symbols", repository), 0)

      const { address: _address, ...shown } = event
      const expected = [three, two, one].map(({ commit }) => ({
        generation: commit.generation,
        commit: commit.id,
        ...shown
      }))
      const found = yield* events()
      assert.deepStrictEqual(found, expected)
      const page = { after: at(found, 0), limit: 1 }
      assert.deepStrictEqual(yield* index.symbolEvents(repository, event.address, page), [at(expected, 1)])
      assert.deepStrictEqual(yield* index.symbolEvents(newRepository(), event.address, { limit: 5 }), [])
      assert.deepStrictEqual(yield* index.symbolEvents(repository, "\0", { limit: 5 }), [])
      assert.deepStrictEqual(yield* index.blobSymbols(repository, "lines 2", [one.blob]), [])
      assert.deepStrictEqual(yield* index.blobSymbols(repository, extractor, [{ ...one.blob, language: "other" }]), [])
      assert.deepStrictEqual(yield* index.blobSymbols(newRepository(), extractor, [one.blob]), [])

      const { address, change, former } = event
      const changed = (place: number) => ({ place, address, change, former })
      const commits = [at(expected, 0), at(expected, 2)]
      const changedBy = (each: number, all: number, of = repository) =>
        index.symbolsChangedBy(of, commits, { each, all })
      assert.deepStrictEqual(yield* changedBy(5, 9), [changed(0), changed(1)])
      assert.deepStrictEqual(yield* changedBy(5, 1), [changed(0)])
      assert.deepStrictEqual(yield* changedBy(0, 9), [])
      assert.deepStrictEqual(yield* changedBy(5, 9, newRepository()), [])
      const counts = yield* index.symbolCounts(repository, extractor, [one.blob, three.blob, one.blob])
      assert.sameDeepMembers(
        [...counts],
        [one.blob, one.blob, three.blob].map(({ blob, language }) => ({
          blob,
          language,
          symbols: blob === three.blob.blob ? 0 : 2
        }))
      )
      assert.deepStrictEqual(yield* index.symbolCounts(repository, "lines 2", [one.blob]), [])

      // Each deriver has work and rows of its own.
      yield* index.deriveAgain({ deriver: "touches", repository })
      assert.lengthOf(yield* events(), 3)
      yield* index.deriveAgain(of)
      assert.deepStrictEqual([yield* blobs, yield* events()], [[], []])
      assert.strictEqual(yield* index.pendingCommits("symbols", repository), 3)
      yield* record(version, one)
      assert.lengthOf(yield* blobs, 1)
      yield* index.forget(repository)
      assert.deepStrictEqual([yield* blobs, yield* events()], [[], []])
      yield* record(version, two)
      assert.deepStrictEqual([yield* blobs, yield* events()], [[], []])
    })
  )
}
