/** Trees of any size leave the event loop its turns: every step of reading, checking and writing one is in slices. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { isSame } from "../../base/Bytes.ts"
import { atOnce, inSlices, type Slices, sliceEntries, sorting } from "../../base/Slices.ts"
import { joiningNodes } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { orderingParentsFirst, parentsFirst } from "../../history/parentsFirst.ts"
import { encodingDirectory, PackDirectory } from "../../pack/PackDirectory.ts"
import { encodingTail, readingTail } from "../../pack/packTail.ts"
import { releaseCodec } from "../../repository/codecs.ts"
import { findingPathWarnings } from "../../repository/NameWarning.ts"
import { checkingChanges } from "../../usecase/commits/fileChanges.ts"
import { decodingRelease } from "../../usecase/tags/records.ts"
import { checkingRecords } from "../../usecase/push/checkBundle.ts"
import type { CanonicalObject } from "../CanonicalObject.ts"
import { encodeJson } from "../CanonicalJson.ts"
import { type CommitRecord, decodingCommit, encodingCommit, makeCommit, openingCommit } from "../Commit.ts"
import { sha256 } from "../Digest.ts"
import { frameText } from "../Frame.ts"
import { BlobId, CommitId } from "../Id.ts"
import type { JsonObject } from "../Json.ts"
import { findingClash, identifying, orderingPaths } from "../Manifest.ts"
import {
  decodingSnapshot,
  encodingSnapshot,
  makeSnapshot,
  openingSnapshot,
  recordingSnapshot,
  SnapshotChecker
} from "../Snapshot.ts"

const MiB = 1024 * 1024
const entries = 10 * sliceEntries
const blob = BlobId.make(sha256("one"))
const manifest = new Map(Array.from({ length: entries }, (_, file) => [`folder ${file % 100}/${file}`, blob] as const))
const snapshot = makeSnapshot(manifest, "2026-11-22T15:08:10+00:00")

const bytesOf = ({ content }: CanonicalObject): Uint8Array =>
  content instanceof Uint8Array ? content : new Uint8Array()

const bytes = bytesOf(atOnce(encodingSnapshot(snapshot)))

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
  "looking for names that look alike": () => findingPathWarnings(manifest),
  "making the client's dictionary": () => recordingSnapshot(snapshot)
}

const pausesOf = (slices: Slices<unknown>): number => {
  let pauses = 0
  while (slices.next().done !== true) pauses += 1
  return pauses
}

describe("a large tree", () => {
  for (const [step, start] of Object.entries(steps)) {
    it(`pauses while ${step}`, () => {
      assert.isAtLeast(pausesOf(start()), entries / sliceEntries - 1)
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

describe("a history of many commits", () => {
  const records: Array<CommitRecord> = []
  for (let place = 0; place < 2 * sliceEntries; place++) {
    const { record } = makeCommit({
      branch: "main",
      snapshot_id: snapshot.id,
      message: `${place}`,
      committed_at: "2026-11-22T15:08:10+00:00",
      parent_commit_id: records.at(-1)?.commit_id ?? null
    })
    records.push(record)
  }
  const checking = () => checkingRecords(records.toReversed())

  it("pauses while its ids are checked", () => {
    assert.isAtLeast(pausesOf(checking()), 10)
  })

  it("pauses while it is ordered, and has its parents first", () => {
    const { commits } = Result.getOrThrow(atOnce(checking()))
    const tips = records.slice(-1).map(({ commit_id }) => commit_id)
    assert.isAtLeast(pausesOf(orderingParentsFirst(commits, tips)), 2)
    const ordered = parentsFirst(commits, tips).commits.map(({ id }) => id)
    assert.deepStrictEqual(
      ordered,
      records.map(({ commit_id }) => commit_id)
    )
  })

  it("pauses while its generations are counted", () => {
    const { commits } = Result.getOrThrow(atOnce(checking()))
    const tips = records.slice(-1).map(({ commit_id }) => commit_id)
    assert.isAtLeast(pausesOf(joiningNodes([], parentsFirst(commits, tips).commits)), 2)
  })
})

describe("a graph of many commits", () => {
  it("pauses while it is joined with another, and has the nodes of both", () => {
    const graphOf = (from: number, to: number) =>
      new Map(
        Array.from({ length: to - from }, (_, index) => {
          const id = CommitId.make(sha256(`${from + index}`))
          return [id, { id, parents: [], generation: 1, snapshotId: snapshot.id, storedBytes: 0 }] as const
        })
      )
    const joining = () => joiningNodes([graphOf(0, 2 * sliceEntries), graphOf(sliceEntries, 3 * sliceEntries)], [])
    assert.isAtLeast(pausesOf(joining()), 3)
    assert.deepStrictEqual(atOnce(joining()), graphOf(0, 3 * sliceEntries))
  })
})

describe("a commit with a long delta", () => {
  const ops = Array.from({ length: 5000 }, (_, place) => ({
    op: "insert",
    place,
    size: 2n ** 63n - BigInt(place),
    text: `"é\\u0000 ${"x".repeat(200)} \u0001${place}`,
    ["__proto__"]: [place / 2, null, { nested: [true] }]
  }))
  const commit = makeCommit({
    branch: "main",
    snapshot_id: snapshot.id,
    message: "many",
    committed_at: "2026-11-22T15:08:10+00:00",
    structured_delta: { ops, few: [[["x".repeat(300_000)]]] }
  })
  const stored = bytesOf(Result.getOrThrow(atOnce(encodingCommit(commit))))
  const text = Result.getOrThrow(encodeJson(commit.record as JsonObject))

  it("pauses while it is encoded, decoded and opened, and gives the same bytes and values as at once", () => {
    assert.isAtLeast(pausesOf(encodingCommit(commit)), 10)
    assert.isTrue(isSame(stored, frameText("commit", text)))
    for (const reading of [decodingCommit, openingCommit]) {
      assert.isAtLeast(pausesOf(reading(stored)), 5)
      const { id, record } = Result.getOrThrow(atOnce(reading(stored)))
      assert.strictEqual(id, commit.id)
      assert.strictEqual(Result.getOrThrow(encodeJson(record as JsonObject)), text)
    }
  })

  it("is refused where its text is not canonical, or is no JSON", () => {
    const isDecoded = (changed: string) => Result.isSuccess(atOnce(decodingCommit(frameText("commit", changed))))
    assert.isTrue(isDecoded(text))
    const middle = text.indexOf('"nested"', text.length / 2)
    for (const changed of [
      `${text} `,
      ` ${text}`,
      `${text}}`,
      text.slice(0, -1),
      text.slice(0, middle),
      text.replace('"op":"insert"', '"op":"\\u0069nsert"'),
      text.replace('"place":4999', '"place":4999.0'),
      text.replace('"place":4999', '"place":x'),
      text.replace('"place":4999', '"place": 4999'),
      text.replace('"place":4999', '"place" 4999')
    ]) {
      assert.notStrictEqual(changed, text)
      assert.isFalse(isDecoded(changed))
    }
  })
})

describe("a release with a long change log", () => {
  const line = { message: "m".repeat(100), breaking_changes: ["b"] }
  const release = Result.getOrThrow(
    atOnce(
      decodingRelease({
        release_id: "00000000-0000-4000-8000-000000000001",
        tag: "v1.0.0",
        commit_id: sha256("commit"),
        snapshot_id: sha256("snapshot"),
        changelog: Array.from({ length: 10_000 }, () => line)
      })
    )
  )

  it("pauses while it is checked, encoded and decoded", () => {
    const stored = releaseCodec.encode(release)
    assert.isAtLeast(pausesOf(decodingRelease(release)), 30)
    assert.isAtLeast(pausesOf(releaseCodec.encoding(release)), 10)
    assert.isAtLeast(pausesOf(releaseCodec.decoding(stored)), 40)
    assert.deepStrictEqual(Result.getOrThrow(releaseCodec.decode(stored)), release)
  })
})

describe("a commit of many files", () => {
  it("pauses while its contents are hashed", () => {
    const content = new Uint8Array([1])
    const changes = Array.from({ length: 5000 }, (_, file) => ({ op: "put" as const, path: `${file}`, content }))
    assert.isAtLeast(pausesOf(checkingChanges(changes)), 9)
  })
})

describe("a pack of many objects", () => {
  it("pauses while its directory is written", () => {
    const objects = Array.from({ length: entries }, (_, object) => {
      const hash = sha256(`${object}`)
      return { id: hash, sha256: hash, size: 1 }
    })
    const block = { type: "blob", length: 1, contentLength: 8 * entries, sha256: sha256(""), objects } as const
    assert.isAtLeast(pausesOf(encodingDirectory([block])), entries / sliceEntries - 1)
    const directory = Result.getOrThrow(PackDirectory.decode(atOnce(encodingDirectory([block]))))
    assert.strictEqual(directory.find("blob", sha256("7"))?.sha256, sha256("7"))
  })

  it("pauses while its end is written and read", () => {
    const ids = Array.from({ length: 3 * entries }, (_, object) => sha256(`${object}`))
    const objects = ids.map((id) => ({ id, sha256: id, size: 1 }))
    const hash = sha256("")
    const block = { type: "commit", length: 9, contentLength: objects.length, sha256: hash, objects } as const
    const directory = atOnce(encodingDirectory([block]))
    assert.isAtLeast(pausesOf(encodingTail([block], directory)), directory.byteLength / MiB - 1)
    const end = atOnce(encodingTail([block], directory))
    const reading = () => readingTail(end, block.length + end.byteLength)
    assert.isAtLeast(pausesOf(reading()), (3 * entries) / sliceEntries)
    assert.strictEqual(Result.getOrThrow(atOnce(reading())).size, objects.length)
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
