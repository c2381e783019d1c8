/** Tests the direct conversion of stored bytes to msgpack against the one through objects: the same answer or none. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { sha256 } from "../object/Digest.ts"
import { frameText } from "../object/Frame.ts"
import { BlobId, type SnapshotId } from "../object/Id.ts"
import { makeSnapshot, openSnapshot, snapshotObject, snapshotRecord, type Snapshot } from "../object/Snapshot.ts"
import { encode } from "@musehub/msgpack/Encoder"
import { decode } from "@musehub/msgpack/Reader"
import { snapshotElement } from "./snapshotElement.ts"

const blob = (text: string): BlobId => BlobId.make(sha256(text))
const time = "2026-11-22T15:09:49.100915+00:00"

const storedBytes = (snapshot: Snapshot): Uint8Array => {
  const { content } = snapshotObject(snapshot)
  assert.instanceOf(content, Uint8Array)
  return content
}

const byObjects = (bytes: Uint8Array): Uint8Array => encode(snapshotRecord(Result.getOrThrow(openSnapshot(bytes))))

const decoded = (element: Uint8Array) => Result.getOrThrow(decode(element))

describe("a stored snapshot as msgpack", () => {
  const plain: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["no file", []],
    ["one file", ["a.txt"]],
    ["files and folders", ["z", "a/b.py", "a/b/c", "a.b", "a-b", "B"]],
    ["paths at the limits of msgpack's headers", [31, 32, 255].map((length) => "p".repeat(length))],
    ["a path above 255 bytes", [`${"d".repeat(200)}/${"e".repeat(200)}`]],
    [
      "what JSON and msgpack could stumble on",
      ["__proto__", "constructor", "a b", "{", "}", "a,b", "a:b", "[]", "%00"]
    ],
    ["more files than a small map holds", Array.from({ length: 70_000 }, (_, file) => `f/${file}`)]
  ]
  for (const [name, paths] of plain) {
    it(`is converted directly: ${name}`, () => {
      const snapshot = makeSnapshot(new Map(paths.map((path) => [path, blob(path)])), time)
      for (const createdAt of [time, null]) {
        const bytes = storedBytes({ ...snapshot, createdAt })
        assert.deepStrictEqual(snapshotElement(bytes, snapshot.id)?.slice(), byObjects(bytes))
      }
    })
  }

  it.prop(
    "agrees for any manifest, or leaves it to the other way",
    { paths: Schema.Array(Schema.NonEmptyString) },
    ({ paths }) => {
      const wellFormed = paths.filter((path) => path.isWellFormed() && !path.includes("\0"))
      const snapshot = makeSnapshot(new Map(wellFormed.map((path) => [path, blob(path)])), time)
      const bytes = storedBytes(snapshot)
      const element = snapshotElement(bytes, snapshot.id)
      // Objects put index-like keys first, so the order may differ here.
      if (element !== undefined) assert.deepStrictEqual(decoded(element), decoded(byObjects(bytes)))
    }
  )

  it("is left to the other conversion where text is escaped or beyond ASCII", () => {
    for (const path of ['a"b', "a\\b", "a\nb", "ä", "\u{1f3b5}"]) {
      const snapshot = makeSnapshot(new Map([[path, blob(path)]]), time)
      assert.isUndefined(snapshotElement(storedBytes(snapshot), snapshot.id), path)
    }
  })

  it("is not made from damaged bytes", () => {
    const snapshot = makeSnapshot(
      new Map([
        ["a", blob("a")],
        ["b", blob("b")]
      ]),
      time
    )
    const other = makeSnapshot(new Map([["a", blob("a")]]), time)
    const bytes = storedBytes(snapshot)
    assert.isUndefined(snapshotElement(bytes, other.id))
    assert.isUndefined(snapshotElement(bytes.subarray(1), snapshot.id))
    for (let at = 0; at < bytes.byteLength; at++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      const element = snapshotElement(damaged, snapshot.id)
      // The id covers everything but the time.
      if (element !== undefined)
        assert.isTrue(at > bytes.indexOf(0x7b) && at < bytes.indexOf(0x6d, bytes.indexOf(0x7b)), `at ${at}`)
    }
    const payload = Buffer.from(bytes.subarray(bytes.indexOf(0) + 1)).toString()
    for (let length = 0; length < payload.length; length++) {
      assert.isUndefined(snapshotElement(frameText("snapshot", payload.slice(0, length)), snapshot.id))
    }
  })

  it("is not made from another manifest that hashes to the same id", () => {
    const [a, b] = [blob("a"), blob("b")]
    const snapshot = makeSnapshot(
      new Map([
        ["a", a],
        ["b", b]
      ]),
      time
    )
    const forged = (path: string) =>
      frameText("snapshot", `{"created_at":null,"manifest":{"${path}":"${b}"},"snapshot_id":"${snapshot.id}"}`)
    for (const nul of ["\\u0000", "\0"]) {
      const bytes = forged(`a${nul}${a}${nul}b`)
      assert.isUndefined(snapshotElement(bytes, snapshot.id))
      assert.isTrue(Result.isFailure(openSnapshot(bytes)))
    }
    const shapes = [
      `{"created_at":1,"manifest":{},"snapshot_id":"${emptyId}"}`,
      `{"created_at":null,"manifest":[],"snapshot_id":"${emptyId}"}`,
      `{"created_at":null,"manifest":{"a":1},"snapshot_id":"${emptyId}"}`,
      `{"created_at":null,"manifest":{},"more":1,"snapshot_id":"${emptyId}"}`,
      `{"created_at":null,"manifest":{}}`,
      "null"
    ]
    for (const shape of shapes) assert.isTrue(Result.isFailure(openSnapshot(frameText("snapshot", shape))), shape)
  })
})

const emptyId: SnapshotId = makeSnapshot(new Map(), time).id
