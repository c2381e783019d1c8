/** Tests valid streams: as in the specification, written and read back, cut into any chunks, and cut off. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result, Schema, Stream } from "effect"
import { readFileSync } from "node:fs"
import { blobOf } from "../../../object/Blob.ts"
import { commitObject, makeCommit } from "../../../object/Commit.ts"
import { sha256 } from "../../../object/Digest.ts"
import { CommitId } from "../../../object/Id.ts"
import { makeSnapshot, snapshotObject } from "../../../object/Snapshot.ts"
import { randomChunks, seeded } from "@musehub/msgpack/testing"
import { type MpackHeader, mpackHeader } from "../Format.ts"
import { readMpack } from "../readMpack.ts"
import { MpackIncomplete, MpackRefused } from "../Refused.ts"
import {
  holding,
  headerOf,
  notClosed,
  outcomeOf,
  randomHistory,
  readWhole,
  type WholeSource,
  written
} from "./testing.ts"
import { type MpackSource, writeMpack } from "../writeMpack.ts"

/** The example of `docs/mpack.md`: one file in one commit on `main`. */
const blob = blobOf(Buffer.from("hello\n"))
const snapshot = snapshotObject(makeSnapshot(new Map([["a", blob.id]]), "2026-11-22T15:08:10.707051+00:00"))
const commit = Result.getOrThrow(
  commitObject(
    makeCommit({
      branch: "main",
      snapshot_id: snapshot.id,
      message: "first",
      committed_at: "2026-11-22T15:08:10.707051+00:00"
    })
  )
)
const sources = [blob, snapshot, commit] as ReadonlyArray<WholeSource>
const header = headerOf(sources, { heads: new Map([["main", commit.id]]) })

const specification = readFileSync(new URL("../../../../../../docs/mpack.md", import.meta.url), "utf8")
/** Returns the hex of the block after a heading; the text behind each `;` explains it. */
const spelled = (heading: string): Buffer => {
  const block = specification.slice(specification.indexOf(`## ${heading}\n`)).split("```")[1] ?? ""
  const hex = block
    .split("\n")
    .slice(1)
    .map((line) => line.split(";")[0] ?? "")
  return Buffer.from(hex.join("").replaceAll(/\s/g, ""), "hex")
}

describe("the specification's example", () => {
  it("is written byte for byte", () => {
    assert.strictEqual(Buffer.from(written(header, sources)).toString("hex"), spelled("Example").toString("hex"))
  })

  it("is read", () => {
    const { error, header: read, objects } = outcomeOf(spelled("Example"))
    assert.isUndefined(error)
    assert.deepStrictEqual(read, header)
    assert.deepStrictEqual(
      objects.map(({ type, id }) => [type, id]),
      sources.map(({ type, id }) => [type, id])
    )
    assert.deepStrictEqual(Buffer.from(objects[0]?.content ?? []).toString(), "hello\n")
    assert.deepStrictEqual(Buffer.from(objects[2]?.content ?? []), Buffer.from(sources[2]?.content ?? []))
  })
})

describe("random histories", () => {
  it.effect("are read back from any chunks", () =>
    Effect.gen(function* () {
      const random = seeded(21)
      for (let run = 0; run < 150; run++) {
        const history = randomHistory(random, 10, 300)
        const bytes = written(history.header, history.sources)
        const chunks = randomChunks(random, bytes, 1 + random(2000))
        const { error, header, objects } = yield* readWhole(chunks)
        assert.isUndefined(error)
        assert.deepStrictEqual(header, { ...history.header })
        assert.isUndefined(notClosed(objects))
        assert.strictEqual(objects.length, history.sources.length)
        for (const [index, source] of history.sources.entries()) {
          assert.strictEqual(objects[index]?.id, source.id)
          assert.isTrue(Buffer.from(source.content).equals(objects[index]?.content ?? new Uint8Array(0)))
        }
      }
    })
  )

  // Many objects that arrive together are read at once, one that arrives in pieces step by step.
  it.effect("have the same outcome at once and byte by byte, tampered with or not", () =>
    Effect.gen(function* () {
      const random = seeded(23)
      const outcome = (chunks: Iterable<Uint8Array>) =>
        Effect.map(readWhole(chunks, { holds: holding([]).holds }), ({ error, objects }) => ({
          error: error?.message,
          objects: objects.map(({ content, id, object }) => [object.type, id, object.offset, sha256(content)])
        }))
      let refused = 0
      for (let run = 0; run < 300; run++) {
        const history = randomHistory(random, 3, 60)
        const bytes = Buffer.from(written(history.header, history.sources))
        for (let changes = random(3); changes > 0; changes--) bytes[random(bytes.byteLength)] = random(256)
        const whole = yield* outcome([bytes])
        const slow = yield* outcome(Array.from(bytes.keys(), (at) => bytes.subarray(at, at + 1)))
        assert.deepStrictEqual(whole, slow)
        if (whole.error !== undefined) refused += 1
      }
      assert.isAbove(refused, 50)
      assert.isBelow(refused, 250)
    })
  )

  it("cut after any commit are complete up to there, and can be resumed", () => {
    const random = seeded(22)
    for (let run = 0; run < 30; run++) {
      const history = randomHistory(random, 8, 100)
      const bytes = written(history.header, history.sources)
      const { objects: all } = outcomeOf(bytes)
      for (const [index, { type }] of all.entries()) {
        if (type !== "commit") continue
        const end = all[index + 1]?.object.offset ?? bytes.byteLength - 1
        const { error, objects } = outcomeOf(bytes.subarray(0, end))
        assert(error instanceof MpackRefused && error.kind === "cut")
        assert.strictEqual(objects.length, index + 1)
        assert.isUndefined(notClosed(objects))
        const rest = history.sources.slice(index + 1)
        const { holds, asked } = holding(objects.map(({ id }) => id))
        const resumed = outcomeOf(written(headerOf(rest), rest), { holds })
        assert.isUndefined(resumed.error)
        assert.strictEqual(resumed.objects.length, rest.length)
        assert.isAtMost(asked.length, rest.length)
      }
    }
  })

  it.effect.prop(
    "any branch names and pushes",
    {
      names: Schema.Array(Schema.NonEmptyString),
      expect: Schema.NullOr(Schema.Int),
      force: Schema.Boolean,
      isPush: Schema.Boolean
    },
    ({ names, expect, force, isPush }) =>
      Effect.gen(function* () {
        const idOf = (text: string) => CommitId.make(sha256(text))
        const heads = new Map(names.map((name) => [name.toWellFormed(), idOf(name)]))
        const push = {
          branch: names[0]?.toWellFormed() ?? "__proto__",
          ...(expect === 0 ? {} : { expect: expect === null ? null : idOf(`${expect}`) }),
          force,
          head: idOf("head")
        }
        const header = headerOf([], isPush ? { heads, push } : { heads })
        const { error, header: read } = yield* readWhole([written(header, [])])
        assert.isUndefined(error)
        assert.deepStrictEqual(read && withoutOrder(read), withoutOrder(header))
      })
  )
})

const withoutOrder = (header: MpackHeader) => ({ ...header, heads: [...header.heads].toSorted() })

describe("the receiver", () => {
  const random = seeded(23)
  const history = randomHistory(random, 30, 60)

  it("is asked once for objects that the stream does not bring", () => {
    const last = history.plan.commits.at(-1)
    const only = history.sources.filter(({ id }) => id === last?.id || id === last?.snapshotId)
    const { holds, asked } = holding(history.sources.map(({ id }) => id))
    const { error } = outcomeOf(written(headerOf(only), only), { holds })
    assert.isUndefined(error)
    assert.isAtMost(asked.length, 2)
    const ids = asked.flatMap(({ commits, snapshots, blobs }) => [...commits, ...snapshots, ...blobs])
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  it("is not asked when everything comes", () => {
    const { holds, asked } = holding([])
    assert.isUndefined(outcomeOf(written(history.header, history.sources), { holds }).error)
    assert.deepStrictEqual(asked, [])
  })

  it.effect("may fail, in its own way", () =>
    Effect.gen(function* () {
      const bytes = written(headerOf([commit as WholeSource]), [commit as WholeSource])
      const mpack = yield* readMpack(Stream.succeed(bytes), { holds: () => Effect.fail("index down" as const) })
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(mpack.objects)), "index down")
    })
  )
})

describe("the writer", () => {
  const write = (header: MpackHeader, sources: ReadonlyArray<MpackSource>) =>
    Effect.runSyncExit(Stream.runDrain(writeMpack(header, Stream.fromIterable(sources))))
  const refusalOf = (header: MpackHeader, sources: ReadonlyArray<MpackSource>): MpackIncomplete => {
    const exit = write(header, sources)
    const error = Exit.isFailure(exit) ? exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error : undefined
    assert(error instanceof MpackIncomplete)
    return error
  }

  it("ends without a trailer when the counts differ from the header", () => {
    for (const what of ["commits", "snapshots", "blobs", "bytes"] as const) {
      assert.match(refusalOf({ ...header, [what]: header[what] + 1 }, sources).message, new RegExp(what))
    }
    assert.match(refusalOf(header, sources.slice(1)).message, /blobs/)
  })

  it("ends when an object does not have the promised size", () => {
    const content = Buffer.from("hello\n")
    for (const size of [5, 7]) {
      const whole = { type: "blob", id: blob.id, size, content } as const
      const streamed = { ...whole, content: Stream.fromIterable([content.subarray(0, 3), content.subarray(3)]) }
      assert.match(refusalOf(header, [whole]).message, /6 bytes/)
      assert.match(refusalOf(header, [streamed]).message, /6 bytes/)
    }
  })

  it.effect("writes streamed content as it writes whole content", () =>
    Effect.gen(function* () {
      const random = seeded(24)
      const history = randomHistory(random, 6, 500)
      const streamed = history.sources.map((source) => ({
        ...source,
        content: Stream.fromIterable(randomChunks(random, source.content, 50))
      }))
      for (const pieceBytes of [64, 100, 2 ** 30]) {
        const chunks = yield* Stream.runCollect(
          writeMpack(history.header, Stream.fromIterable(streamed), { pieceBytes })
        )
        assert.isTrue(Buffer.concat(chunks).equals(written(history.header, history.sources, { pieceBytes })))
      }
    })
  )

  it("orders heads by their bytes", () => {
    const id = CommitId.make(sha256("x"))
    const names = ["\uFF5E", "🎵", "a", "__proto__"]
    const one = mpackHeader({ ...header, heads: new Map(names.map((name) => [name, id])) })
    const other = mpackHeader({ ...header, heads: new Map(names.toReversed().map((name) => [name, id])) })
    assert.deepStrictEqual(one, other)
    const text = Buffer.from(one).toString()
    assert.isBelow(text.indexOf("__proto__"), text.indexOf("\uFF5E"))
    assert.isBelow(text.indexOf("\uFF5E"), text.indexOf("🎵"))
  })
})
