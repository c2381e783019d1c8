/** Scales, chords, cadences and bars of pieces that can be worked out by hand. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "@musehub/domain/base/Slices"
import { findingCadences } from "@musehub/domain/music/analysis/cadences"
import { chordOf } from "@musehub/domain/music/analysis/chords"
import { scalesOf } from "@musehub/domain/music/analysis/scales"
import { barsOf } from "@musehub/domain/music/bars"
import type { Midi } from "@musehub/domain/music/Midi"
import { noteOf, type Sketch } from "./midiFile.ts"

const barTicks = 4 * 480

const pieceOf = (sketches: ReadonlyArray<Sketch>): Midi => ({
  ticksPerBeat: 480,
  tracks: [undefined],
  notes: sketches.map(noteOf).toSorted((a, b) => a.start - b.start),
  tempos: [],
  timeSignatures: [],
  end: 0
})

const chord = (bar: number, ...pitches: ReadonlyArray<number>): ReadonlyArray<Sketch> =>
  pitches.map((pitch) => ({ pitch, start: (bar - 1) * barTicks }))

const notesOf = (...pitches: ReadonlyArray<number>) => pitches.map((pitch) => noteOf({ pitch, start: 0 }))

describe("the scales of a piece", () => {
  it("are those with the most of its notes, by root and in a fixed order", () => {
    const cMajor = notesOf(60, 62, 64, 65, 67, 69, 71, 72)
    assert.deepStrictEqual(
      scalesOf(cMajor).map(({ name, root }) => `${root} ${name}`),
      ["C major", "C chromatic", "C# chromatic", "D dorian", "D chromatic"]
    )
    assert.deepStrictEqual(scalesOf(notesOf(60, 60, 61, 66))[0], {
      root: "C",
      name: "locrian",
      confidence: 1,
      outOfScaleNotes: 0
    })
    assert.deepStrictEqual(scalesOf([]), [])
  })
})

describe("the chord of some notes", () => {
  const name = (...pitches: ReadonlyArray<number>) => {
    const found = chordOf(notesOf(...pitches))
    return found && `${found.root}${found.quality}`
  }

  it("has the most of their pitches, in any octave", () => {
    assert.strictEqual(name(60, 64, 67), "Cmaj")
    assert.strictEqual(name(57, 72, 76), "Amin")
    assert.strictEqual(name(55, 59, 62, 77), "Gdom7")
    assert.strictEqual(name(62, 65, 69, 72), "Dmin7")
    assert.strictEqual(name(60, 67), "C5")
    assert.isUndefined(name(60, 72))
    assert.isUndefined(name())
  })

  it("is the last of several that are all there", () => {
    // C, E, G and A are Cmaj and Amin too, and of four notes Amin7.
    assert.strictEqual(name(60, 64, 67, 69), "Amin7")
    // Augmented chords have three roots.
    assert.strictEqual(name(60, 64, 68), "G#aug")
  })
})

describe("cadences", () => {
  const kinds = (...chords: ReadonlyArray<readonly [bar: number, ...pitches: ReadonlyArray<number>]>) =>
    atOnce(findingCadences(barsOf(pieceOf(chords.flatMap(([bar, ...pitches]) => chord(bar, ...pitches))))))

  const c = [60, 64, 67]
  const g7 = [55, 59, 62, 65]
  const aMinor = [57, 60, 64]
  const fMinor = [53, 56, 60]

  it("lead from the last bar of a phrase to the first one of the next", () => {
    assert.deepStrictEqual(kinds([4, ...g7], [5, ...c]), [{ bar: 5, kind: "authentic", from: "Gdom7", to: "Cmaj" }])
    assert.deepStrictEqual(
      [
        kinds([4, ...g7], [5, ...aMinor]),
        kinds([8, ...c], [9, ...g7]),
        kinds([3, ...fMinor], [13, ...c]),
        kinds([4, ...c], [5, ...c])
      ].map((found) => found.map(({ kind }) => kind)),
      [["deceptive"], ["half"], ["plagal"], []]
    )
  })

  it("are nowhere else", () => {
    assert.deepStrictEqual(kinds([1, ...g7]), [])
    assert.deepStrictEqual(kinds([3, ...g7], [4, ...c]), [])
    assert.deepStrictEqual(kinds([4, 60], [5, ...c]), [])
  })
})

describe("bars", () => {
  it("have four beats, and are those in which notes begin", () => {
    const bars = barsOf(
      pieceOf([
        { pitch: 60, start: 0, duration: 10 * barTicks },
        { pitch: 62, start: barTicks - 1 },
        { pitch: 64, start: 2 * barTicks }
      ])
    )
    assert.deepStrictEqual(
      bars.map(({ bar, notes }) => [bar, notes.map(({ pitch }) => pitch)]),
      [
        [1, [60, 62]],
        [3, [64]]
      ]
    )
  })
})
