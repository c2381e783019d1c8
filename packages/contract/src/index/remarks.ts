/** Tests of every index's promises about remarks on commits. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { writeDocument } from "@musehub/domain/invariant/Document"
import { sha256 } from "@musehub/domain/object/Digest"
import { CommitId, type RepositoryId } from "@musehub/domain/object/Id"
import { wholeIndex } from "../wholeIndex.ts"
import { joinRemarks, noRemarks, type Remarks, reviewersMax, testRunsMax } from "@musehub/domain/repository/Annotation"
import { annotationCodec } from "@musehub/domain/repository/codecs"
import { Effect } from "effect"
import { at, batchOf, historyOf, idsOf, lineOf } from "../IndexSamples.ts"
import type { Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"

/** Makes evidence for an annotation with these remarks, whatever was stored before. */
const annotated = (repository: RepositoryId, commit: CommitId, said: Partial<Remarks>) =>
  writeDocument(
    { kind: "annotation", repository, commit },
    annotationCodec,
    { repository, commit, ...joinRemarks(noRemarks, { ...noRemarks, ...said }) },
    { _tag: "Any" }
  )

/** Makes a line of commits whose records hold these remarks. */
const saying = (said: ReadonlyArray<Partial<Remarks>>, repository?: RepositoryId) =>
  historyOf(
    lineOf(said.length).map((step, place) => ({ ...step, ...said[place] })),
    repository
  )

const unknown = CommitId.make(sha256("unknown"))

/** Distinct names that are hard to quote. Their JSON sorts differently than they do. */
const awkwardNames = [
  "",
  "NUL \0 inside",
  "\0",
  "\\u0000",
  "line\nbreak",
  "line\\nbreak",
  "\r",
  '"quoted"',
  "a,b",
  "{a,b}",
  "NULL",
  "null",
  "'; DROP TABLE remarks; --",
  "$1 ?",
  "ä",
  "A",
  "a",
  "👩‍🎤",
  "\u{ffff}",
  "__proto__"
]

export const remarks = (it: Suite) => {
  it.effect("a commit's own record gives its reviewers, without repeats and in order, and its test runs", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* saying([
        { reviewedBy: ["zoe", "ada", "zoe", "Ada"], testRuns: 3 },
        {},
        { reviewedBy: ["ada"] },
        { testRuns: 2 ** 53 - 1 },
        { testRuns: -5 },
        { reviewedBy: ["bob"], testRuns: -5 }
      ])
      const { commits } = idsOf(history)
      const batch = batchOf(history)
      yield* index.record({ ...batch, commits: [...batch.commits, ...batch.commits] })
      yield* index.record(batch)
      const wanted = new Map<CommitId, Remarks>([
        [at(commits, 0), { reviewedBy: ["Ada", "ada", "zoe"], testRuns: 3 }],
        [at(commits, 2), { reviewedBy: ["ada"], testRuns: 0 }],
        [at(commits, 3), { reviewedBy: [], testRuns: testRunsMax }],
        [at(commits, 5), { reviewedBy: ["bob"], testRuns: 0 }]
      ])
      assert.deepStrictEqual(yield* index.remarks(history.repository, [...commits, unknown, ...commits]), wanted)
      assert.deepStrictEqual(
        yield* index.remarks(history.repository, [at(commits, 1), at(commits, 2)]),
        new Map([...wanted].slice(1, 2))
      )
    })
  )

  it.effect("record and annotations join to the same remarks in any order and any number of times", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const said = [
        { reviewedBy: ["ada", "bob"], testRuns: 4 },
        { reviewedBy: ["bob", "cy"], testRuns: 9 },
        { reviewedBy: ["Zoe"], testRuns: 2 },
        { testRuns: 1 }
      ]
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 0, 3, 2, 1, 0],
        [2, 1, 2, 0]
      ]) {
        const history = yield* saying(said.slice(0, 1))
        const { repository } = history
        const commit = at(idsOf(history).commits, 0)
        for (const place of order) {
          yield* place === 0
            ? index.record(batchOf(history))
            : index.recordAnnotation(yield* annotated(repository, commit, at(said, place)))
        }
        assert.deepStrictEqual(
          yield* index.remarks(repository, [commit]),
          new Map([[commit, { reviewedBy: ["Zoe", "ada", "bob", "cy"], testRuns: 9 }]])
        )
      }
    })
  )

  it.effect("commits without remarks are left out, and repositories are separate", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const silent = yield* saying([{}, {}])
      const other = yield* saying([{}, { reviewedBy: ["ada"] }])
      const { commits } = idsOf(silent)
      assert.deepStrictEqual(idsOf(other).commits, commits)
      for (const history of [silent, other]) yield* index.record(batchOf(history))
      for (const commit of commits) yield* index.recordAnnotation(yield* annotated(silent.repository, commit, {}))
      assert.deepStrictEqual(yield* index.remarks(silent.repository, commits), new Map())
      assert.deepStrictEqual(
        yield* index.remarks(other.repository, commits),
        new Map([[at(commits, 1), { reviewedBy: ["ada"], testRuns: 0 }]])
      )
      assert.deepStrictEqual(yield* index.remarks(other.repository, []), new Map())
      assert.deepStrictEqual(yield* index.remarks(newRepository(), commits), new Map())
    })
  )

  it.effect("forgetting a repository forgets the remarks of its commits", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* saying([{ reviewedBy: ["ada"] }])
      const { repository } = history
      const commit = at(idsOf(history).commits, 0)
      yield* index.record(batchOf(history))
      yield* index.recordAnnotation(yield* annotated(repository, commit, { reviewedBy: ["bob"], testRuns: 3 }))
      yield* index.forget(repository)
      assert.deepStrictEqual(yield* index.remarks(repository, [commit]), new Map())
      yield* index.record(batchOf(history))
      const own = { reviewedBy: ["ada"], testRuns: 0 }
      assert.deepStrictEqual(yield* index.remarks(repository, [commit]), new Map([[commit, own]]))
    })
  )

  it.effect("reviewers' names are returned exactly, whatever they contain, in UTF-16 order", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const half = awkwardNames.length / 2
      const history = yield* saying([
        { reviewedBy: awkwardNames },
        {},
        { reviewedBy: awkwardNames.slice(0, half + 3) },
        ...awkwardNames.map((name) => ({ reviewedBy: [name] }))
      ])
      const { repository } = history
      const [own = unknown, later = unknown, both = unknown, ...single] = idsOf(history).commits
      yield* index.record(batchOf(history))
      yield* index.recordAnnotation(yield* annotated(repository, later, { reviewedBy: awkwardNames }))
      yield* index.recordAnnotation(yield* annotated(repository, both, { reviewedBy: awkwardNames.slice(half) }))
      const all = { reviewedBy: awkwardNames.toSorted(), testRuns: 0 }
      assert.deepStrictEqual(
        yield* index.remarks(repository, [own, later, both]),
        new Map([own, later, both].map((id) => [id, all]))
      )
      assert.deepStrictEqual(
        yield* index.remarks(repository, single),
        new Map(single.map((id, place) => [id, { reviewedBy: [at(awkwardNames, place)], testRuns: 0 }]))
      )
    })
  )

  it.effect("a record that exceeds the limits of an annotation is cut to them", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const names = Array.from(
        { length: reviewersMax + 500 },
        (_, place) => `reviewer-${String(place).padStart(5, "0")}`
      )
      const history = yield* saying([
        { reviewedBy: [...names, ...names].toReversed() },
        { reviewedBy: ["x".repeat(1025)] }
      ])
      const { repository } = history
      const { commits } = idsOf(history)
      yield* index.record(batchOf(history))
      yield* index.recordAnnotation(yield* annotated(repository, at(commits, 0), { reviewedBy: names.slice(-500) }))
      assert.deepStrictEqual(
        yield* index.remarks(repository, commits),
        new Map([[at(commits, 0), { reviewedBy: names, testRuns: 0 }]])
      )
    })
  )

  it.effect("concurrently recorded annotations lose nothing, even while their commits are recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* saying(Array.from({ length: 5 }, () => ({ reviewedBy: ["record"], testRuns: 1 })))
      const { repository } = history
      const { commits } = idsOf(history)
      const names = Array.from({ length: 40 }, (_, place) => `reviewer-${place}`)
      const annotations = yield* Effect.forEach(
        names.flatMap((name, place) =>
          commits.map((commit) => ({ commit, reviewedBy: [name], testRuns: (place * 7) % 40 }))
        ),
        ({ commit, ...said }) => annotated(repository, commit, said)
      )
      const calls = annotations.map((annotation) => index.recordAnnotation(annotation))
      const batch = batchOf(history)
      const reversed = { ...batch, commits: batch.commits.toReversed() }
      for (const place of [150, 50]) calls.splice(place, 0, index.record(batch), index.record(reversed))
      yield* Effect.all(calls, { concurrency: "unbounded", discard: true })
      const said = { reviewedBy: [...names, "record"].toSorted(), testRuns: 39 }
      assert.deepStrictEqual(yield* index.remarks(repository, commits), new Map(commits.map((id) => [id, said])))
    })
  )
}
