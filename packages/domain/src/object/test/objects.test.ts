/** Tests the codecs against golden data of the real client and against many kinds of nearly canonical bytes. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { blobOf } from "../Blob.ts"
import { decodeJson, encodeJson, parseJson } from "../CanonicalJson.ts"
import type { Content } from "../CanonicalObject.ts"
import {
  checkCommit,
  commitIdOf,
  commitObject,
  commitRecord,
  decodeCommit,
  makeCommit,
  proveHashedParents
} from "../Commit.ts"
import { frameText, unframe } from "../Frame.ts"
import { BlobId, CommitId, SnapshotId } from "../Id.ts"
import type { JsonObject, JsonValue } from "../Json.ts"
import { snapshotIdOf } from "../Manifest.ts"
import { SnapshotChecker, decodeSnapshot, makeSnapshot, snapshotObject } from "../Snapshot.ts"
import { isStableTime } from "../Timestamp.ts"

const vectors = new URL("../../../../../test/vectors/", import.meta.url)
const readJson = (path: string): JsonObject =>
  Result.getOrThrow(parseJson(readFileSync(new URL(path, vectors), "utf8"))) as JsonObject

interface IdVector {
  readonly kind: string
  readonly name: string
  readonly inputs: Record<string, never>
  readonly expected: string | null
  readonly not_recomputable?: string
}
const ids = JSON.parse(readFileSync(new URL("ids.json", vectors), "utf8")) as ReadonlyArray<IdVector>
const ofKind = (kind: string) => {
  const found = ids.filter((vector) => vector.kind === kind)
  assert.isNotEmpty(found)
  return found
}
const bytesOf = (content: Content): Uint8Array => {
  assert.instanceOf(content, Uint8Array)
  return content
}

describe("ids of the real client", () => {
  it("blobs", () => {
    for (const { name, inputs, expected } of ofKind("object_id")) {
      const content =
        inputs["count"] === undefined
          ? Buffer.from(inputs["content_base64"] ?? "", "base64")
          : Buffer.alloc(inputs["count"], inputs["repeat_byte"])
      assert.strictEqual(blobOf(content).id as string, expected, name)
    }
  })

  it("snapshots", () => {
    for (const { name, inputs, expected } of ofKind("snapshot_id")) {
      if (expected === null) continue
      const entries = inputs["manifest"] as unknown as ReadonlyArray<readonly [string, BlobId]>
      assert.strictEqual(snapshotIdOf(new Map(entries)), expected, name)
    }
  })

  it("commits", () => {
    for (const { name, inputs, expected } of ofKind("commit_id")) {
      if (expected === null) continue
      const id = commitIdOf({
        parents: inputs["parent_ids"] as unknown as ReadonlyArray<string>,
        snapshotId: inputs["snapshot_id"] ?? "",
        message: inputs["message"] ?? "",
        committedAt: inputs["committed_at"] ?? ""
      })
      assert.strictEqual(id, expected, name)
    }
  })

  it("recorded snapshots survive storage", () => {
    for (const { inputs, expected } of ofKind("recorded_snapshot")) {
      const json = readJson(inputs["file"] ?? "")
      const snapshot = Result.getOrThrow(
        new SnapshotChecker().check({
          id: json["snapshot_id"] as string,
          manifest: new Map(Object.entries(json["manifest"] as JsonObject)),
          createdAt: json["created_at"] as string
        })
      )
      assert.strictEqual(snapshot.id, expected as SnapshotId)
      const bytes = bytesOf(snapshotObject(snapshot).content)
      const decoded = Result.getOrThrow(decodeSnapshot(bytes))
      assert.deepStrictEqual(bytesOf(snapshotObject(decoded).content), bytes)
      assert.strictEqual(decoded.createdAt, json["created_at"])
      assert.strictEqual(decoded.manifest.size, snapshot.manifest.size)
    }
  })

  it("recorded commits survive storage, with every field", () => {
    for (const { inputs, expected, not_recomputable } of ofKind("recorded_commit")) {
      const file = inputs["file"] ?? ""
      const record = Result.getOrThrow(commitRecord(readJson(file)))
      const folder = file.slice(0, file.lastIndexOf("/") + 1)
      const siblings = readdirSync(new URL(folder, vectors)).map((name) => CommitId.make(name.slice(0, 64)))
      const checked = checkCommit(record)
      assert.strictEqual(Result.isFailure(checked), not_recomputable !== undefined, file)
      const commit = Result.getOrThrow(proveHashedParents(record, siblings))
      assert.strictEqual(commit.id, expected as CommitId)
      const bytes = bytesOf(Result.getOrThrow(commitObject(commit)).content)
      const decoded = Result.getOrThrow(decodeCommit(bytes))
      assert.deepStrictEqual(decoded, commit)
      for (const [field, value] of Object.entries(readJson(file))) {
        assert.deepStrictEqual(decoded.record[field], value, `${file} ${field}`)
      }
    }
  })

  it("times: accepts exactly those that the client would store unchanged", () => {
    for (const { inputs, expected } of ofKind("timestamp_as_stored_by_client")) {
      const received = inputs["received"] ?? ""
      assert.strictEqual(isStableTime(received), expected === received, received)
    }
  })
})

it.each([
  ["2026-11-22T15:08:10.707051+00:19:32", true],
  ["1900-01-01T00:00:00-00:00:01", true],
  ["1900-01-01T00:00:00+00:00:00.000001", true],
  ["2026-11-22T15:08:10+00:19:00", false],
  ["2026-11-22T15:08:10+00:19:60", false],
  ["2026-11-22T15:08:10+00:19:32.000000", false]
])("times: %s, with seconds in the offset as Python writes them: %s", (text, stable) => {
  assert.strictEqual(isStableTime(text), stable)
})

const sample = makeCommit({
  branch: "main",
  snapshot_id: SnapshotId.make("c".repeat(64)),
  message: "a\u0000b \ud83d\ude00",
  committed_at: "2026-11-22T15:08:10.707051+00:00",
  structured_delta: { big: 9007199254740993n, small: -1, half: 0.5, list: [true, null, "\u2028"] },
  ["__proto__x"]: "kept"
})

describe("canonical bytes", () => {
  it("are the one encoding, even of unknown fields and 64-bit integers", () => {
    const fields = JSON.parse('{"__proto__":{"x":1},"zz_future":[1,{"b":2,"a":1}]}') as JsonObject
    const record = { ...sample.record }
    for (const [key, value] of Object.entries(fields)) Object.defineProperty(record, key, { value, enumerable: true })
    const commit = Result.getOrThrow(checkCommit(record))
    const bytes = bytesOf(Result.getOrThrow(commitObject(commit)).content)
    const text = Buffer.from(bytes).toString()
    assert.include(text, '"big":9007199254740993,')
    assert.include(text, '"__proto__":{"x":1}')
    assert.include(text, '"zz_future":[1,{"a":1,"b":2}]')
    const again = Result.getOrThrow(decodeCommit(bytes))
    assert.deepStrictEqual(bytesOf(Result.getOrThrow(commitObject(again)).content), bytes)
  })

  const payload = Buffer.from(bytesOf(Result.getOrThrow(commitObject(sample)).content))
    .toString()
    .split("\0")
    .slice(1)
    .join("\0")
  const nearly: ReadonlyArray<readonly [string, Uint8Array]> = [
    ["wrong type word", frameText("snapshot", payload)],
    ["size with a leading zero", Buffer.from(`commit 0${Buffer.byteLength(payload)}\0${payload}`)],
    ["size too small", Buffer.from(`commit ${Buffer.byteLength(payload) - 1}\0${payload}`)],
    ["trailing bytes", Buffer.concat([frameText("commit", payload), Buffer.from("\n")])],
    ["white space", frameText("commit", payload.replace(":", ": "))],
    ["another order of keys", frameText("commit", `{"message":"m",${payload.slice(1)}`)],
    ["a needless escape", frameText("commit", payload.replace('"main"', '"\\u006dain"'))],
    ["a number in another spelling", frameText("commit", payload.replace(":0.5", ":5e-1"))],
    ["not UTF-8", Buffer.concat([Buffer.from(`commit 1\0`), Buffer.from([0xff])])],
    ["not JSON", frameText("commit", "{")],
    ["not a commit", frameText("commit", "[]")],
    ["an id that the content does not give", frameText("commit", payload.replace(sample.id, "0".repeat(64)))],
    ["a changed message", frameText("commit", payload.replace('"message":"a', '"message":"b'))],
    ["no header", Buffer.from(payload)],
    ["nothing", new Uint8Array()]
  ]
  for (const [what, bytes] of nearly) {
    it(`refuse: ${what}`, () => assert.isTrue(Result.isFailure(decodeCommit(bytes))))
  }

  it("refuse a snapshot with an unknown field, a wrong id, or a path that no clone can write", () => {
    const id = BlobId.make("a".repeat(64))
    const good = makeSnapshot(new Map([["a", id]]), "now")
    const text =
      Buffer.from(bytesOf(snapshotObject(good).content))
        .toString()
        .split("\0")[1] ?? ""
    assert.isTrue(Result.isSuccess(decodeSnapshot(frameText("snapshot", text))))
    for (const changed of [text.replace('"created_at"', '"a":1,"created_at"'), text.replace(good.id, "1".repeat(64))]) {
      assert.isTrue(Result.isFailure(decodeSnapshot(frameText("snapshot", changed))))
    }
    const paths = [
      "",
      "/a",
      "a/",
      "a//b",
      "..",
      "a/../b",
      "./a",
      "a\0b",
      ".muse/HEAD",
      ".MUSE/x",
      "\ud800",
      "x".repeat(256),
      "d/".repeat(2048) + "x"
    ]
    for (const path of paths) {
      const manifest = new Map([[path, id]])
      const checked = new SnapshotChecker().check({ id: snapshotIdOf(manifest), manifest, createdAt: null })
      assert.isTrue(Result.isFailure(checked), JSON.stringify(path))
    }
    const clash = new Map([
      ["a", id],
      ["a/b", id]
    ])
    assert.isTrue(
      Result.isFailure(new SnapshotChecker().check({ id: snapshotIdOf(clash), manifest: clash, createdAt: null }))
    )
    // What a checker remembers of earlier snapshots must neither hide nor invent a clash.
    for (const order of [
      ["a", "a/b"],
      ["a/b", "a"]
    ]) {
      const checker = new SnapshotChecker()
      const alone = order.map((path) => new Map([[path, id]]))
      for (const manifest of [...alone, clash, ...alone]) {
        const checked = checker.check({ id: snapshotIdOf(manifest), manifest, createdAt: null })
        assert.strictEqual(Result.isFailure(checked), manifest === clash)
      }
    }
  })

  it("order paths by code point in the id and by UTF-16 unit in the JSON", () => {
    const id = BlobId.make("a".repeat(64))
    const snapshot = makeSnapshot(
      new Map([
        ["\u{1f600}", id],
        ["\ue000", id]
      ]),
      "now"
    )
    const bytes = bytesOf(snapshotObject(snapshot).content)
    assert.isTrue(Result.isSuccess(decodeSnapshot(bytes)))
    const reversed = makeSnapshot(
      new Map([
        ["\ue000", id],
        ["\u{1f600}", id]
      ]),
      "now"
    )
    assert.strictEqual(reversed.id, snapshot.id)
    assert.deepStrictEqual(bytesOf(snapshotObject(reversed).content), bytes)
  })
})

describe("properties", () => {
  it.prop("every JSON value has one text, and every text one value", { value: Schema.Json }, ({ value }) => {
    const encoded = encodeJson(value as JsonValue)
    if (Result.isFailure(encoded)) {
      assert.match(encoded.failure.reason, /surrogate|nesting/)
      return
    }
    const decoded = Result.getOrThrow(decodeJson(encoded.success))
    assert.strictEqual(Result.getOrThrow(encodeJson(decoded)), encoded.success)
  })

  it.prop("64-bit integers survive", { value: Schema.BigInt }, ({ value }) => {
    const integer = BigInt.asIntN(64, value)
    const text = Result.getOrThrow(encodeJson([integer]))
    assert.strictEqual(text, `[${integer}]`)
    const [decoded] = Result.getOrThrow(decodeJson(text)) as ReadonlyArray<JsonValue>
    assert.strictEqual(BigInt(decoded as number | bigint), integer)
  })

  it.prop("a frame returns its payload", { text: Schema.String }, ({ text }) => {
    const bytes = frameText("commit", text)
    assert.deepStrictEqual(Buffer.from(Result.getOrThrow(unframe("commit", bytes))).toString(), text.toWellFormed())
  })

  const Fields = Schema.Struct({
    message: Schema.String,
    author: Schema.String,
    metadata: Schema.Record(Schema.String, Schema.String),
    structured_delta: Schema.Json,
    reviewed_by: Schema.Array(Schema.String),
    test_runs: Schema.Int
  })
  it.prop("decode(encode(commit)) = commit", { fields: Fields }, ({ fields }) => {
    const commit = makeCommit({
      ...fields,
      branch: "main",
      snapshot_id: SnapshotId.make("c".repeat(64)),
      committed_at: "2026-11-22T15:08:10+00:00"
    })
    const object = commitObject(commit)
    if (Result.isFailure(object)) {
      assert.match(object.failure.reason, /surrogate|nesting/)
      return
    }
    const bytes = bytesOf(object.success.content)
    const again = Result.getOrThrow(decodeCommit(bytes))
    assert.strictEqual(again.id, commit.id)
    assert.deepStrictEqual(bytesOf(Result.getOrThrow(commitObject(again)).content), bytes)
  })
})
