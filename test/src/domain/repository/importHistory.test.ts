/** A history that was exported into a stream makes the same one at another hub, or none. */
import { assert, describe, it } from "@effect/vitest"
import { concat } from "@musehub/domain/base/Bytes"
import { elementAt } from "@musehub/domain/base/expected"
import type { MpackHeader } from "@musehub/domain/wire/mpack/Format"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { exportHistory } from "@musehub/domain/usecase/repositories/exportHistory"
import { importHistory, type ImportedRepository } from "@musehub/domain/usecase/repositories/importHistory"
import { Effect, Stream } from "effect"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import {
  ada,
  at,
  clone,
  headsOf,
  newRepository,
  opened,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { newRepositoryId, someCommit } from "../support/rootSamples.ts"
import { assertSound } from "../verify/verified.ts"

const wanted: ImportedRepository = {
  owner: ada.user,
  name: RepositoryName.make("copy"),
  visibility: "private",
  domain: Domain.make("code"),
  description: Description.make("")
}

const exported = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const { content, header } = yield* at(hub)(exportHistory(yield* opened(hub, repository)))
  return { header, bytes: concat(yield* at(hub)(Stream.runCollect(content))) }
})

const imported = (hub: TestHub, bytes: Uint8Array, settings: Partial<ImportedRepository> = {}) => {
  const pieces = Array.from({ length: Math.ceil(bytes.byteLength / 1000) }, (_, place) =>
    bytes.subarray(place * 1000, (place + 1) * 1000)
  )
  return Effect.scoped(at(hub)(importHistory(ada, { ...wanted, ...settings }, Stream.fromIterable(pieces))))
}

const first = step("first", { a: "one", empty: "", large: "large ".repeat(400_000) })
const second = step("second", { a: "two", empty: "" }, [first])
const verse = step("verse", { a: "one", "verse/1": "la" }, [first])
const both = step("both", { a: "two", "verse/1": "la" }, [second, verse])

/** A hub with a repository of several branches. */
const stage = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub, "songs")
  yield* pushSteps(hub, repository, "main", [first, second, verse, both])
  yield* pushSteps(hub, repository, "words/verse", [verse])
  yield* at(hub)(createBranch(yield* opened(hub, repository), { name: "again", from: both.commit.id }))
  return { hub, repository }
})

/** The second is about a large blob, which is stored as it comes. */
const refusals = ["MpackRefused", "ContentRefused", "MpackVersionUnknown"]

/** The bytes of a stream of these steps, under a header that says something else. */
const streamOf = (steps: Parameters<typeof mpackOf>[1], change: Partial<MpackHeader>) => {
  const { header, objects } = mpackOf(newRepositoryId(), steps, { branch: "main", force: false, head: someCommit("x") })
  const { push: _push, ...plain } = header
  return Effect.map(Stream.runCollect(writeMpack({ ...plain, ...change }, objects)), concat)
}

describe("a history that is exported and imported", () => {
  it.effect(
    "has the same branches and objects at another hub, which is sound, and is the same when exported again",
    () =>
      Effect.gen(function* () {
        const { hub, repository } = yield* stage
        const one = yield* exported(hub, repository)
        const other = yield* startHub()
        const made = yield* imported(other, one.bytes)
        assert.notStrictEqual(made.id, repository.id)
        assert.deepStrictEqual([String(made.slug), String(made.defaultBranch), made.forkOf], ["copy", "main", null])
        assert.deepStrictEqual(yield* headsOf(other, made), yield* headsOf(hub, repository))
        const tips = [both.commit.id, verse.commit.id]
        const [here, there] = [yield* clone(hub, repository, tips), yield* clone(other, made, tips)]
        for (const part of ["commits", "snapshots", "blobs"] as const) assert.deepStrictEqual(there[part], here[part])
        yield* assertSound(other)
        const again = yield* exported(other, made)
        const { repository: _id, ...header } = again.header
        assert.deepInclude(one.header, header)
      })
  )

  it.effect("may be empty", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { bytes } = yield* exported(hub, yield* newRepository(hub, "songs"))
      const made = yield* imported(hub, bytes)
      assert.strictEqual(made.defaultBranch, "main")
      assert.deepStrictEqual(yield* headsOf(hub, made), {})
    })
  )

  it.effect("has the default branch that is asked for, else main, else the first", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* stage
      const { bytes } = yield* exported(hub, repository)
      assert.strictEqual((yield* imported(hub, bytes, { defaultBranch: "words/verse" })).defaultBranch, "words/verse")
      const heads = new Map([
        ["b", first.commit.id],
        ["c", first.commit.id]
      ])
      const stream = yield* streamOf([first], { heads })
      assert.strictEqual((yield* imported(hub, stream, { name: RepositoryName.make("b") })).defaultBranch, "b")
      const refused = yield* Effect.flip(imported(hub, stream, { name: RepositoryName.make("c"), defaultBranch: "d" }))
      assert.strictEqual(refused.message, 'the stream is not imported: it has no branch "d"')
    })
  )
})

describe("no repository is made", () => {
  it.effect("of a stream that is cut or changed anywhere", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* stage
      const { bytes } = yield* exported(hub, repository)
      const other = yield* startHub()
      for (let place = 1; place < bytes.byteLength; place += Math.ceil(bytes.byteLength / 40)) {
        const cut = yield* Effect.flip(imported(other, bytes.subarray(0, place)))
        assert.include(refusals, cut._tag, `cut at ${place}`)
        const changed = Uint8Array.from(bytes)
        changed[place] = elementAt(changed, place) ^ 1
        const error = yield* Effect.flip(imported(other, changed))
        assert.include(refusals, error._tag, `changed at ${place}`)
      }
      yield* assertSound(other)
      yield* imported(other, bytes)
    })
  )

  it.effect("whose branches lead to commits that the stream lacks, clash, or read as commits", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const head = first.commit.id
      for (const [names, tag] of [
        [[["main", second.commit.id]], "ObjectsMissing"],
        [
          [
            ["a", head],
            ["a-b", head],
            ["a/b", head]
          ],
          "BranchClash"
        ],
        [
          [
            ["a/b/c", head],
            ["a/b", head]
          ],
          "BranchClash"
        ],
        [[[String(head), head]], "BranchNameRefused"],
        [[["a..b", head]], "BranchNameRefused"]
      ] as const) {
        const stream = yield* streamOf([first], { heads: new Map(names) })
        const error = yield* Effect.flip(imported(hub, stream))
        assert.strictEqual(error._tag, tag, JSON.stringify(names))
      }
    })
  )

  it.effect("of a stream that builds on commits it does not hold, or under a name that is taken", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const partial = yield* streamOf([second], { heads: new Map([["main", second.commit.id]]) })
      assert.strictEqual((yield* Effect.flip(imported(hub, partial)))._tag, "MpackRefused")
      const whole = yield* streamOf([first], { heads: new Map([["main", first.commit.id]]) })
      const made = yield* imported(hub, whole)
      assert.strictEqual((yield* Effect.flip(imported(hub, whole)))._tag, "RepositoryNameTaken")
      assert.deepStrictEqual(yield* headsOf(hub, made), { main: first.commit.id })
      yield* assertSound(hub)
    })
  )
})
