/** MIDI files of repositories: their notes in pages, what changed between commits, and who brought which bar. */
import { assert, describe, it } from "@effect/vitest"
import { utf8 } from "@musehub/domain/base/Bytes"
import { expected } from "@musehub/domain/base/expected"
import { atOnce } from "@musehub/domain/base/Slices"
import { sha256 } from "@musehub/domain/object/Digest"
import { analyseMidi } from "@musehub/domain/usecase/browse/midi/analyseMidi"
import { blameMidi } from "@musehub/domain/usecase/browse/midi/blameMidi"
import { diffMidi } from "@musehub/domain/usecase/browse/midi/diffMidi"
import { readMidi } from "@musehub/domain/usecase/browse/midi/readMidi"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { decodingMidi } from "@musehub/domain/music/decodingMidi"
import { comparingNotes, noteKey } from "@musehub/domain/music/comparingNotes"
import { MidiMalformed } from "@musehub/domain/music/Midi"
import { Effect, Option } from "effect"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  withoutIndex
} from "../domain/support/hubSamples.ts"
import { goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { isFields, listOf, recordsOf, textOf } from "../e2e/muse/Value.ts"
import { fileOf, midiFile, noteOf, type Sketch, tempo, track, trackOf } from "./midiFile.ts"

const barTicks = 4 * 480

/** One note a bar. */
const tune = (...pitches: ReadonlyArray<number>): ReadonlyArray<Sketch> =>
  pitches.map((pitch, bar) => ({ pitch, start: bar * barTicks }))

const began = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  return { hub, repository, open: openedFor(hub, repository, ada, "read") }
})

describe("a MIDI file of a commit", () => {
  it.live("is shown track by track, its notes in pages that stay at their commit", () =>
    Effect.gen(function* () {
      const { hub, open, repository } = yield* began
      const bytes = midiFile(
        track(tempo(90), [0, 0xff, 0x58, 4, 3, 2, 24, 8], [1440, 0xff, 0x2f, 0]),
        trackOf([60, 62, 64].map((pitch, beat) => noteOf({ pitch, start: 480 * beat, channel: 3 })))
      )
      const one = step("one", { "a.mid": bytes })
      yield* pushSteps(hub, repository, "main", [one])
      const page = (after?: string) =>
        Effect.flatMap(open, (read) => at(hub)(readMidi(read, { path: "a.mid" }, { limit: 2, after })))
      const first = yield* page()
      yield* pushSteps(hub, repository, "main", [step("two", { "a.mid": fileOf([]) }, [one])])
      const second = yield* page(Option.getOrUndefined(first.next))
      assert.deepInclude(first, {
        commitId: one.commit.id,
        noteCount: 3,
        ticksPerBeat: 480,
        timeSignature: { numerator: 3, denominator: 4 },
        totalBeats: 3
      })
      assert.closeTo(first.tempoBpm, 90, 0.001)
      assert.deepStrictEqual(
        [first, second].map(({ tracks }) =>
          tracks.map(({ channel, notes }) => [channel, notes.map(({ pitch }) => pitch)])
        ),
        [
          [
            [undefined, []],
            [3, [60, 62]]
          ],
          [
            [undefined, []],
            [3, [64]]
          ]
        ]
      )
      assert.deepStrictEqual(second.next, Option.none())
      assert.deepInclude(yield* page(), { noteCount: 0, tempoBpm: 120 })
      for (const after of ["", "1", `${one.commit.id}x`]) {
        assert.strictEqual((yield* Effect.flip(page(after)))._tag, "CursorRefused")
      }
    }).pipe(Effect.scoped)
  )

  it.live("is analysed, and what is none is refused by its name and place", () =>
    Effect.gen(function* () {
      const { hub, open, repository } = yield* began
      const files = {
        "a.mid": fileOf(tune(60, 64, 67)),
        "no.mid": "MThd garbage",
        "dir/large.mid": "x".repeat(2 ** 22 + 1)
      }
      yield* pushSteps(hub, repository, "main", [step("one", files)])
      const read = yield* open
      const analysis = yield* at(hub)(analyseMidi(read, { path: "a.mid" }))
      assert.deepInclude(analysis, { tempo: [], cadences: [], truncated: false })
      assert.deepStrictEqual(analysis.scales[0], { root: "C", name: "major", confidence: 1, outOfScaleNotes: 0 })
      assert.deepStrictEqual(
        analysis.density,
        [1, 2, 3].map((bar) => ({ bar, noteCount: 1, notesPerBeat: 0.25 }))
      )
      const refusal = (path: string) => Effect.flip(at(hub)(analyseMidi(read, { path })))
      const none = yield* refusal("no.mid")
      assert.deepInclude(none, { _tag: "MidiUnreadable", path: "no.mid", offset: 8 })
      assert.strictEqual(
        none.message,
        '"no.mid" cannot be read as MIDI: it announces 543646066 bytes, and 4 are left of what has them (byte 8); ' +
          "its bytes can be read raw"
      )
      assert.deepInclude(yield* refusal("dir/large.mid"), {
        _tag: "MidiUnreadable",
        offset: null,
        reason: "has 4194305 bytes, and up to 4194304 are read"
      })
      assert.strictEqual((yield* refusal("dir"))._tag, "PathIsFolder")
      assert.strictEqual((yield* refusal("b.mid"))._tag, "PathUnknown")
    }).pipe(Effect.scoped)
  )
})

describe("the notes that changed", () => {
  it.live("are listed between two refs, in one of which the file may be absent", () =>
    Effect.gen(function* () {
      const { hub, open, repository } = yield* began
      const one = step("one", { other: "1", "a.mid": fileOf(tune(60, 62, 64)) })
      const two = step("two", { other: "1", "a.mid": fileOf(tune(60, 63, 64, 65)) }, [one])
      const three = step("three", { other: "1" }, [two])
      yield* pushSteps(hub, repository, "main", [one, two, three])
      const read = yield* open
      const diff = (base: string, head: string, path = "a.mid") => at(hub)(diffMidi(read, { base, head, path }))
      const changed = yield* diff(one.commit.id, two.commit.id)
      assert.deepInclude(changed, { added: 2, removed: 1, truncated: false })
      assert.deepStrictEqual(
        changed.changes.map(({ change, note, place }) => [change, place, note.pitch, note.start]),
        [
          ["removed", 1, 62, barTicks],
          ["added", 1, 63, barTicks],
          ["added", 3, 65, 3 * barTicks]
        ]
      )
      const gone = yield* diff(two.commit.id, "main")
      assert.deepInclude(gone, { added: 0, removed: 4 })
      assert.isUndefined(gone.head.blobId)
      assert.strictEqual((yield* Effect.flip(diff("main", "main")))._tag, "PathUnknown")
      assert.strictEqual((yield* Effect.flip(diff("main", one.commit.id, "other")))._tag, "MidiUnreadable")
    }).pipe(Effect.scoped)
  )

  it("in the golden repository are those that the client names", () => {
    const golden = goldenRepository("midi")
    const notesAt = (commit: string, path: string) => {
      const { blobs, commits, snapshots } = golden
      const snapshot = snapshots.get(textOf(expected(commits.get(commit), "a commit"), "snapshot_id"))
      const midi = atOnce(
        decodingMidi(expected(blobs.get(textOf(expected(snapshot, "a snapshot"), "manifest", path)), path))
      )
      if (midi instanceof MidiMalformed) throw midi
      return midi
    }
    let compared = 0
    for (const [commit, fields] of golden.commits) {
      const delta = fields.get("structured_delta")
      if (!isFields(delta)) continue
      for (const patch of recordsOf(delta, "ops").filter((op) => op.get("op") === "patch")) {
        const path = textOf(patch, "address")
        const notes = comparingNotes(notesAt(textOf(fields, "parent_commit_id"), path), notesAt(commit, path))
        const changes = expected(atOnce(notes), "a comparison")
        assert.sameMembers(
          changes.map(({ change, note, place }) =>
            [change === "added" ? "insert" : "delete", `note:${place}`, sha256(utf8(noteKey(note)))].join(" ")
          ),
          listOf(patch, "child_ops").map((op) =>
            ["op", "address", "content_id"].map((name) => textOf(op, name)).join(" ")
          )
        )
        compared++
      }
    }
    assert.isAbove(compared, 0)
  })
})

describe("the bars of a MIDI file", () => {
  it.live("are of the commit that brought them, also where they moved", () =>
    Effect.gen(function* () {
      const { hub, open, repository } = yield* began
      const one = step("one", { "a.mid": fileOf(tune(60, 62, 64)) }, [], { author: "bob" })
      const two = step("two", { "a.mid": fileOf(tune(60, 63, 64)) }, [one])
      const three = step("three", { "b.mid": fileOf(tune(50, 60, 63, 64)) }, [two])
      const four = step("four", { "b.mid": fileOf(tune(50, 60, 63, 64)), "a.txt": "a" }, [three])
      yield* pushSteps(hub, repository, "main", [one, two, three, four])
      const read = yield* open
      assert.deepInclude(yield* at(hub)(blameMidi(read, { path: "b.mid" })), { complete: false, ranges: [] })
      yield* at(hub)(derivePending())
      const blamed = (ref: string, path: string) =>
        Effect.map(at(hub)(blameMidi(read, { path, ref })), ({ complete, ranges }) => {
          assert.isTrue(complete)
          return ranges.map(({ author, commitId, from, to }) => [from, to, author, commitId])
        })
      assert.deepStrictEqual(yield* blamed(two.commit.id, "a.mid"), [
        [1, 1, "bob", one.commit.id],
        [2, 2, "ada", two.commit.id],
        [3, 3, "bob", one.commit.id]
      ])
      // It was changed as it moved, so it is a new file.
      assert.deepStrictEqual(yield* blamed("main", "b.mid"), [[1, 4, "ada", three.commit.id]])
      const refusal = (path: string) => Effect.map(Effect.flip(at(hub)(blameMidi(read, { path }))), ({ _tag }) => _tag)
      assert.strictEqual(yield* refusal("a.txt"), "MidiUnreadable")
      const away = withoutIndex(hub)
      const stored = yield* openedFor(away, repository, ada, "read")
      assert.strictEqual((yield* Effect.flip(at(away)(blameMidi(stored, { path: "b.mid" }))))._tag, "NotDerived")
    }).pipe(Effect.scoped)
  )

  it.live("that were inserted leave those after them to their commit", () =>
    Effect.gen(function* () {
      const { hub, open, repository } = yield* began
      const one = step("one", { "a.mid": fileOf(tune(60, 62, 64)) })
      const silent = tune(60, 61, 62, 64).map((note) => ({ ...note, start: note.start + 5 * barTicks }))
      const two = step("two", { "a.mid": fileOf(silent) }, [one])
      yield* pushSteps(hub, repository, "main", [one, two])
      yield* at(hub)(derivePending())
      const { ranges } = yield* at(hub)(blameMidi(yield* open, { path: "a.mid" }))
      assert.deepStrictEqual(
        ranges.map(({ commitId, from, to }) => [from, to, commitId]),
        [
          [6, 6, one.commit.id],
          [7, 7, two.commit.id],
          [8, 9, one.commit.id]
        ]
      )
    }).pipe(Effect.scoped)
  )
})
