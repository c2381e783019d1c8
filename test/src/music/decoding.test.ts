/** MIDI files: what is read of them is what was written, and what lies is refused within bounds. */
import { assert, describe, it } from "@effect/vitest"
import { utf8 } from "@musehub/domain/base/Bytes"
import { atOnce, sliceSteps } from "@musehub/domain/base/Slices"
import { decodingMidi } from "@musehub/domain/music/decodingMidi"
import { type Midi, MidiMalformed, notesMax, tracksMax } from "@musehub/domain/music/Midi"
import { Schema } from "effect"
import {
  chunk,
  endOfTrack,
  type Event,
  fileOf,
  header,
  midiFile,
  noteOf,
  type Sketch,
  tempo,
  track,
  trackOf
} from "./midiFile.ts"

const decoded = (bytes: Uint8Array): Midi => {
  const midi = atOnce(decodingMidi(bytes))
  if (midi instanceof MidiMalformed) throw midi
  return midi
}

const refusal = (bytes: Uint8Array): string => {
  const midi = atOnce(decodingMidi(bytes))
  return midi instanceof MidiMalformed ? `${midi.message} (${midi.offset})` : "none"
}

const name = (text: string): Event => [0, 0xff, 0x03, utf8(text).byteLength, ...utf8(text)]

/** Notes of one pitch and channel follow each other, as keys do that are pressed anew. */
const Notes = Schema.Array(
  Schema.Struct({
    pitch: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
    channel: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    velocity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 127 })),
    pause: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 })),
    duration: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))
  })
)

const placed = (notes: typeof Notes.Type, track: number): ReadonlyArray<Sketch> => {
  const ends = new Map<string, number>()
  return notes.map(({ pause, ...note }) => {
    const key = `${note.channel} ${note.pitch}`
    const start = (ends.get(key) ?? 0) + pause
    ends.set(key, start + note.duration)
    return { ...note, start, track }
  })
}

describe("a MIDI file", () => {
  it.prop("is read as it was written", { first: Notes, second: Notes }, ({ first, second }) => {
    // Channels of their own, since a note ends in any track.
    const written = [
      placed(first, 0),
      placed(second, 1).map((note) => ({ ...note, channel: 2 + (note.channel ?? 0) }))
    ].map((notes) => notes.map(noteOf))
    const { end, notes, ticksPerBeat } = decoded(midiFile(...written.map(trackOf)))
    const all = written.flat()
    assert.deepStrictEqual(
      notes,
      all.toSorted((a, b) => a.start - b.start || a.pitch - b.pitch || a.channel - b.channel)
    )
    assert.strictEqual(ticksPerBeat, 480)
    assert.strictEqual(end, Math.max(0, ...all.map(({ duration, start }) => start + duration)))
  })

  it("has names of tracks, tempos and time signatures, in order of time", () => {
    const midi = decoded(
      midiFile(
        track(tempo(120), [960, 0xff, 0x58, 4, 6, 3, 24, 8], tempo(90, 480), endOfTrack),
        track(name("lead 🎹"), name("another"), [0, 0xff, 0x58, 2, 3, 2], endOfTrack),
        track([0, 0xff, 0x03, 2, 0x46, 0xfc], endOfTrack)
      )
    )
    assert.deepStrictEqual(midi.tracks, [undefined, "lead 🎹", "Fü"])
    assert.deepStrictEqual(midi.tempos, [
      { tick: 0, bpm: 120 },
      { tick: 1440, bpm: 60_000_000 / Math.floor(60_000_000 / 90) }
    ])
    assert.deepStrictEqual(midi.timeSignatures, [
      { tick: 0, numerator: 3, denominator: 4 },
      { tick: 960, numerator: 6, denominator: 8 }
    ])
    assert.strictEqual(midi.end, 1440)
  })

  it("may repeat a status byte, end notes by silence, and have events that are no notes", () => {
    const { notes } = decoded(
      midiFile(
        track(
          [0, 0x90, 60, 80],
          [10, 60, 0],
          [0, 0xf0, 3, 1, 2, 0xf7],
          [0, 0xc0, 5],
          [0, 0xd0, 5],
          [0, 0xe0, 0, 64],
          [0, 0xb0, 64, 127],
          [0, 0x90, 62, 80],
          [0, 0xff, 0x01, 1, 65],
          [10, 62, 0],
          endOfTrack,
          [0, 0x90, 99, 99]
        )
      )
    )
    assert.deepStrictEqual(notes, [
      noteOf({ pitch: 60, start: 0, duration: 10 }),
      noteOf({ pitch: 62, start: 10, duration: 10 })
    ])
  })

  it("has notes as the client does: begun anew, never ended, and ended in another track", () => {
    const { notes } = decoded(
      midiFile(
        track([0, 0x90, 60, 80], [5, 0x90, 60, 90], [5, 0x80, 60, 0], [0, 0x80, 60, 0], [0, 0x90, 64, 80], endOfTrack),
        track([7, 0x90, 61, 70], endOfTrack),
        track([17, 0x80, 61, 0], endOfTrack)
      )
    )
    assert.deepStrictEqual(notes, [
      noteOf({ pitch: 60, start: 5, duration: 5, velocity: 90 }),
      noteOf({ pitch: 61, start: 7, duration: 10, velocity: 70, track: 1 }),
      noteOf({ pitch: 64, start: 10, duration: 1 })
    ])
  })

  it("may have chunks of other types and more after its last track", () => {
    const one = trackOf([noteOf({ pitch: 60, start: 0 })])
    const bytes = Buffer.concat([header(1), chunk("XFIH", utf8("anything")), one, one])
    assert.lengthOf(decoded(bytes).notes, 1)
  })
})

describe("a file that is no MIDI file", () => {
  const whole = fileOf([{ pitch: 60, start: 0 }])
  const events = (...list: ReadonlyArray<Event>) => midiFile(track(...list))
  const cases: Readonly<Record<string, readonly [Uint8Array, string]>> = {
    "is empty": [new Uint8Array(), "does not begin with MThd (0)"],
    "is text": [utf8("MThd garbage"), "announces 543646066 bytes, and 4 are left of what has them (8)"],
    "has a short header": [chunk("MThd", new Uint8Array(4)), "has a header of 4 bytes instead of 6 (8)"],
    "has a format of its own": [header(1, { format: 3 }), "has the format 3, and 0 to 2 are known (8)"],
    "has too many tracks": [header(tracksMax + 1), `has ${tracksMax + 1} tracks, and ${tracksMax} are read (10)`],
    "counts frames": [
      header(1, { division: 0xe728 }),
      "counts its time in frames of a film (SMPTE), which have no beats (12)"
    ],
    "counts nothing": [header(1, { division: 0 }), "has no ticks in a beat (12)"],
    "lacks a track": [midiFile(), "none"],
    "lacks the second track": [
      Buffer.concat([header(2), whole.subarray(14)]),
      `ends after 1 of 2 tracks (${whole.byteLength})`
    ],
    "lies about a chunk": [
      Buffer.concat([header(1), chunk("MTrk", utf8("x"), 2 ** 32 - 1)]),
      "announces 4294967295 bytes, and 1 are left of what has them (22)"
    ],
    "breaks off in an event": [events([0, 0x90, 60]), "breaks off within a chunk (25)"],
    "has data without an event": [events([0, 60, 80]), "has data without an event (23)"],
    "goes on with a system event": [events([0, 0xf0, 1, 0xf7], [0, 60, 80]), "has data without an event (27)"],
    "has an event of a cable": [events([0, 0xf8]), "has an event 248, which no file may (23)"],
    "has a note beyond 127": [events([0, 0x90, 200, 80]), "has 200 where a number below 128 is due (24)"],
    "has a number without end": [
      events([0, 0xff, 1, 255, 255, 255, 255, 255]),
      "has a number of more than four bytes (25)"
    ],
    "lies about a meta event": [
      events([0, 0xff, 1, 100, 65]),
      "announces 100 bytes, and 1 are left of what has them (26)"
    ],
    "has a short tempo": [events([0, 0xff, 0x51, 2, 1, 1]), "has a meta event 81 of 2 bytes (24)"],
    "has a tempo of zero": [events([0, 0xff, 0x51, 3, 0, 0, 0]), "has a tempo without end (24)"],
    "has a short time signature": [events([0, 0xff, 0x58, 1, 4]), "has a meta event 88 of 1 bytes (24)"]
  }
  for (const [title, [bytes, expected]] of Object.entries(cases)) {
    it(title, () => assert.strictEqual(refusal(bytes), expected))
  }

  it("is refused or read, whatever a byte of it becomes and wherever it ends", () => {
    const bytes = midiFile(track(name("lead"), tempo(120), [0, 0x90, 60, 80], [96, 60, 0], endOfTrack))
    for (let place = 0; place < bytes.byteLength; place++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xf0, 0xf7, 0xff]) {
        const changed = bytes.slice()
        changed[place] = value
        atOnce(decodingMidi(changed))
      }
      assert.notStrictEqual(refusal(bytes.subarray(0, place)), "none")
    }
  })

  it("has too many notes, or changes of tempo, and is read in pauses", () => {
    const onOff = [0, 60, 80, 0, 60, 0]
    const many = (count: number) =>
      new Uint8Array(count * onOff.length).map((_, place) => onOff[place % onOff.length] ?? 0)
    const notes = (count: number) =>
      Buffer.concat([header(1), chunk("MTrk", Buffer.concat([Buffer.from([0, 0x90, 1, 0]), many(count)]))])
    let [longest, steps] = [0, 0]
    const reading = decodingMidi(notes(notesMax))
    for (let slice = reading.next(); slice.done !== true; slice = reading.next()) {
      longest = Math.max(longest, slice.value)
      steps += slice.value
    }
    assert.isAbove(steps, notesMax)
    assert.isAtMost(longest, 2 * sliceSteps)
    assert.include(refusal(notes(notesMax + 1)), `has more than ${notesMax} notes`)
    assert.include(refusal(events(...Array.from({ length: 10_001 }, () => tempo(120)))), "has more than 10000 changes")
  })
})
