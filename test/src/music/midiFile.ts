/** Writes MIDI files for tests. */
import { concat, utf8 } from "@musehub/domain/base/Bytes"
import type { Note } from "@musehub/domain/music/Midi"

export type Event = readonly [delta: number, ...bytes: ReadonlyArray<number>]

const number = (value: number, bytes: number): ReadonlyArray<number> =>
  Array.from({ length: bytes }, (_, place) => Math.floor(value / 256 ** (bytes - 1 - place)) % 256)

const variable = (value: number): ReadonlyArray<number> => {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128)
  return digits
}

export const chunk = (type: string, content: Uint8Array, length = content.byteLength): Uint8Array =>
  concat([utf8(type), Uint8Array.from(number(length, 4)), content])

export const header = (tracks: number, { division = 480, format = 1 } = {}): Uint8Array =>
  chunk("MThd", Uint8Array.from([...number(format, 2), ...number(tracks, 2), ...number(division, 2)]))

export const endOfTrack: Event = [0, 0xff, 0x2f, 0]

export const track = (...events: ReadonlyArray<Event>): Uint8Array =>
  chunk("MTrk", Uint8Array.from(events.flatMap(([delta, ...bytes]) => [...variable(delta), ...bytes])))

export const midiFile = (...tracks: ReadonlyArray<Uint8Array>): Uint8Array => concat([header(tracks.length), ...tracks])

export const tempo = (bpm: number, delta = 0): Event => [delta, 0xff, 0x51, 3, ...number(60_000_000 / bpm, 3)]

/** What a test says of a note; the rest is the same for all. */
export type Sketch = Pick<Note, "pitch" | "start"> & Partial<Note>

export const noteOf = (sketch: Sketch): Note => ({ velocity: 80, duration: 480, channel: 0, track: 0, ...sketch })

/** A track of these notes. */
export const trackOf = (notes: ReadonlyArray<Note>): Uint8Array => {
  const messages = notes
    .flatMap(({ channel, duration, pitch, start, velocity }) => [
      { tick: start, isEnd: false, bytes: [0x90 + channel, pitch, velocity] },
      { tick: start + duration, isEnd: true, bytes: [0x80 + channel, pitch, 0] }
    ])
    .toSorted((a, b) => a.tick - b.tick || Number(b.isEnd) - Number(a.isEnd))
  let at = 0
  const events = messages.map(({ bytes, tick }): Event => {
    const delta = tick - at
    at = tick
    return [delta, ...bytes]
  })
  return track(...events, endOfTrack)
}

/** A file with one track of notes. */
export const fileOf = (sketches: ReadonlyArray<Sketch>): Uint8Array => midiFile(trackOf(sketches.map(noteOf)))
