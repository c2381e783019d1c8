/** Trees of any size leave the event loop its turns: every step of reading, checking and writing one is in slices. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { atOnce, inSlices, type Slices, sliceEntries, sorting } from "../../base/Slices.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { findingPathWarnings } from "../../repository/NameWarning.ts"
import { sha256 } from "../Digest.ts"
import { BlobId } from "../Id.ts"
import { findingClash, identifying, orderingPaths } from "../Manifest.ts"
import { decodingSnapshot, encodingSnapshot, makeSnapshot, openingSnapshot, SnapshotChecker } from "../Snapshot.ts"

const entries = 10 * sliceEntries
const blob = BlobId.make(sha256("one"))
const manifest = new Map(Array.from({ length: entries }, (_, file) => [`folder ${file % 100}/${file}`, blob] as const))
const snapshot = makeSnapshot(manifest, "2026-11-22T15:08:10+00:00")
const { content } = atOnce(encodingSnapshot(snapshot))
const bytes = content instanceof Uint8Array ? content : new Uint8Array()

/** Every step that a tree goes through. */
const steps: Readonly<Record<string, () => Slices<unknown>>> = {
  "identifying its manifest": () => identifying(manifest),
  "encoding it": () => encodingSnapshot(snapshot),
  "decoding it": () => decodingSnapshot(bytes),
  "opening it": () => openingSnapshot(bytes),
  "checking it": () => new SnapshotChecker().checking({ ...snapshot }),
  "ordering its paths": () => orderingPaths(manifest),
  "looking for a file that is a folder": () => findingClash(manifest),
  "comparing it with its parents": () => findingIntroduced(manifest, [manifest]),
  "looking for names that look alike": () => findingPathWarnings(manifest)
}

describe("a large tree", () => {
  for (const [step, start] of Object.entries(steps)) {
    it(`pauses while ${step}`, () => {
      let pauses = 0
      for (const slices = start(); slices.next().done !== true;) pauses += 1
      assert.isAtLeast(pauses, entries / sliceEntries - 1)
    })
  }

  it("is the same when it was decoded in slices", () => {
    const decoded = Result.getOrThrow(atOnce(decodingSnapshot(bytes)))
    assert.deepStrictEqual([decoded.id, decoded.manifest.size], [snapshot.id, entries])
    assert.deepStrictEqual(atOnce(encodingSnapshot(decoded)).content, bytes)
  })

  it("is sorted in slices as at once", () => {
    const order = (a: number, b: number) => a - b
    const numbers = Array.from({ length: 3 * sliceEntries + 7 }, (_, at) => (at * 7919) % 10_007)
    assert.deepStrictEqual(atOnce(sorting(numbers, order)), numbers.toSorted(order))
  })
})

describe("computations in slices", () => {
  const endless = function* (isOver: () => boolean): Slices<void> {
    while (!isOver()) yield
  }

  it.live("let timers run in between, and take turns", () =>
    Effect.gen(function* () {
      let isOver = false
      const timer = setTimeout(() => {
        isOver = true
      }, 5)
      yield* Effect.all([inSlices(() => endless(() => isOver)), inSlices(() => endless(() => isOver))], {
        concurrency: 2
      })
      clearTimeout(timer)
      assert.isTrue(isOver)
    })
  )

  it.effect("that never pause are done at once", () =>
    Effect.map(
      inSlices(() => identifying(new Map([["one", blob]]))),
      (id) => assert.strictEqual(id, atOnce(identifying(new Map([["one", blob]]))))
    )
  )
})
