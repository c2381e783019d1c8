/** A scan of snapshots decides as decoding them does, and tells what is new since the one before. */
import { assert, describe, it } from "@effect/vitest"
import { utf8 } from "../../base/Bytes.ts"
import { atOnce } from "../../base/Slices.ts"
import { Result } from "effect"
import { sha256 } from "../Digest.ts"
import { frameText } from "../Frame.ts"
import type { BlobId } from "../Id.ts"
import type { Manifest } from "../Manifest.ts"
import { storedPathRefusal } from "../pathRefusal.ts"
import { decodeSnapshot, makeSnapshot, snapshotObject, SnapshotChecker, SnapshotScan } from "../Snapshot.ts"

const blob = (number: number) => sha256(`blob ${number}`) as string as BlobId
const manifestOf = (files: Readonly<Record<string, number>>): Manifest =>
  new Map(Object.entries(files).map(([path, number]) => [path, blob(number)]))
const bytesOf = (manifest: Manifest, createdAt = "2026-11-22T15:08:10+00:00"): Uint8Array =>
  snapshotObject(makeSnapshot(manifest, createdAt)).content as Uint8Array

const newScan = () => new SnapshotScan(new SnapshotChecker(storedPathRefusal))
const scanned = (scan: SnapshotScan, bytes: Uint8Array) => atOnce(scan.scanning(bytes))

/** Returns numbers from 0 to before `below`, the same in every run. */
const randomNumbers = (seed: string) => {
  let count = 0
  return (below: number) => Number.parseInt(sha256(`${seed} ${count++}`).slice(0, 8), 16) % below
}

const paths = ["a", "a-b", "a/b", "a/b/c", "b", "b c.txt", "é", 'quo"te', "x/y", "x/y z", "~"]

describe("SnapshotScan", () => {
  it("decides as decoding does, and lists the entries that the one before did not have", () => {
    let count = 0
    for (let line = 0; line < 40; line += 1) {
      const random = randomNumbers(`line ${line}`)
      const scan = newScan()
      let manifest = new Map<string, BlobId>()
      let before = new Map<string, BlobId>()
      for (let step = 0; step < 40; step += 1) {
        const path = paths[random(paths.length)] as string
        manifest = new Map(manifest)
        if (random(3) === 0) manifest.delete(path)
        else manifest.set(path, blob(random(5)))
        const bytes = bytesOf(manifest)
        if (random(4) === 0) bytes[random(bytes.byteLength)] = random(256)
        const decoded = decodeSnapshot(bytes)
        const found = scanned(scan, bytes)
        const isPlain = !manifest.has("é") && !manifest.has('quo"te')
        if (Result.isFailure(decoded)) {
          assert.isUndefined(found)
          continue
        }
        assert.strictEqual(found !== undefined, isPlain)
        if (found === undefined) continue
        assert.strictEqual(found.id, decoded.success.id)
        const expected = [...decoded.success.manifest].filter(([each, id]) => before.get(each) !== id)
        assert.deepStrictEqual(found.fresh, expected)
        before = new Map(decoded.success.manifest)
        count += 1
      }
    }
    assert.isAbove(count, 100)
  })

  it("refuses a clash of a new path with one that the snapshots before had", () => {
    const scan = newScan()
    assert.isDefined(scanned(scan, bytesOf(manifestOf({ a: 1, b: 2 }))))
    assert.isUndefined(scanned(scan, bytesOf(manifestOf({ a: 1, "a/b": 1, b: 2 }))))
    // Once the file is gone, its name may be that of a folder.
    assert.isDefined(scanned(scan, bytesOf(manifestOf({ "a/b": 1, b: 2 }))))
    assert.isUndefined(scanned(scan, bytesOf(manifestOf({ a: 1, "a/b": 1, b: 2 }))))
  })

  it("refuses paths that leave the folder, and other spellings", () => {
    for (const path of ["../a", ".muse/x", "/a", ""]) {
      assert.isUndefined(scanned(newScan(), bytesOf(manifestOf({ [path]: 1 }))))
    }
    const payload = `{"created_at":null,"manifest":{"a":"${blob(1)}"},"snapshot_id":"${sha256(`a\0${blob(1)}`)}"}`
    assert.isDefined(scanned(newScan(), frameText("snapshot", payload)))
    for (const other of [
      payload.replace("null", "nil"),
      payload.replace(":{", ": {"),
      payload.replace('"a"', '"\\u0061"'),
      payload.replace(blob(1), blob(1).toUpperCase()),
      `${payload} `,
      payload.slice(0, -1)
    ]) {
      assert.isUndefined(scanned(newScan(), frameText("snapshot", other)), other)
    }
    assert.isUndefined(scanned(newScan(), utf8(payload)))
  })

  it("ends at every place where a snapshot is cut", () => {
    const payload = `{"created_at":null,"manifest":{"a":"${blob(1)}"},"snapshot_id":"${sha256(`a\0${blob(1)}`)}"}`
    const used = newScan()
    assert.isDefined(scanned(used, bytesOf(manifestOf({ a: 1, b: 2 }))))
    for (let length = 0; length < payload.length; length += 1) {
      const bytes = frameText("snapshot", payload.slice(0, length))
      assert.isUndefined(scanned(newScan(), bytes))
      assert.isUndefined(scanned(used, bytes))
    }
  })

  it("takes an empty snapshot, and lists all entries after it forgot", () => {
    const scan = newScan()
    assert.deepStrictEqual(scanned(scan, bytesOf(new Map()))?.fresh, [])
    const bytes = bytesOf(manifestOf({ a: 1, b: 2 }))
    assert.strictEqual(scanned(scan, bytes)?.fresh.length, 2)
    assert.strictEqual(scanned(scan, bytes)?.fresh.length, 0)
    scan.forget()
    assert.strictEqual(scanned(scan, bytes)?.fresh.length, 2)
  })

  it("has room for a snapshot that is larger than the one before", () => {
    const scan = newScan()
    for (const files of [1, 5000, 1, 9000]) {
      const manifest = new Map(Array.from({ length: files }, (_, file) => [`file-${file}`, blob(file)] as const))
      assert.isDefined(scanned(scan, bytesOf(manifest)))
    }
  })
})
