/**
 * Decodes a Standard MIDI File. Written here, since the packages for it make an object of each event, accept chunks
 * whose lengths lie, and cannot pause; this one keeps notes alone.
 *
 * Notes are those of the `muse` client: a note ends with the next note-off of its pitch and channel, in any track;
 * one that begins anew before it ended is lost; one that never ends has a tick.
 */
import { latin1 } from "../base/Bytes.ts"
import { type Counted, counted, sliceSteps, sorting } from "../base/Slices.ts"
import {
  changesMax,
  type Midi,
  MidiMalformed,
  type Note,
  notesMax,
  type TempoChange,
  type TimeSignature,
  trackNameLengthMax,
  tracksMax
} from "./Midi.ts"
import { MidiReader } from "./MidiReader.ts"

const headerBytes = 6
const microsPerMinute = 60_000_000

/** Status bytes, without their channel. */
const status = { noteOff: 0x80, noteOn: 0x90, program: 0xc0, pressure: 0xd0, system: 0xf0 } as const
const systemExclusive = new Set([0xf0, 0xf7])
const metaEvent = 0xff
const meta = { trackName: 0x03, endOfTrack: 0x2f, tempo: 0x51, timeSignature: 0x58 } as const

/** Steps of reading an event. */
const eventSteps = 10

/** Decodes text: UTF-8 if it is that, else Latin-1, as of old. */
const textOf = (bytes: Uint8Array): string => {
  const cut = bytes.subarray(0, 4 * trackNameLengthMax)
  const text = new TextDecoder("utf-8").decode(cut)
  return (text.includes("\ufffd") ? latin1(cut) : text).slice(0, trackNameLengthMax).toWellFormed()
}

/** A note that has not ended. */
interface Sounding {
  readonly start: number
  readonly velocity: number
  readonly track: number
}

class Piece {
  readonly tracks: Array<string | undefined> = []
  readonly notes: Array<Note> = []
  readonly tempos: Array<TempoChange> = []
  readonly timeSignatures: Array<TimeSignature> = []
  readonly #sounding = new Map<number, Sounding>()
  end = 0

  begin(channel: number, pitch: number, velocity: number, start: number): void {
    this.#sounding.set(channel * 128 + pitch, { start, velocity, track: this.tracks.length - 1 })
  }

  finish(channel: number, pitch: number, tick: number): void {
    const key = channel * 128 + pitch
    const sounding = this.#sounding.get(key)
    if (sounding === undefined) return
    this.#sounding.delete(key)
    this.notes.push({ pitch, channel, ...sounding, duration: Math.max(tick - sounding.start, 1) })
  }

  finishAll(): void {
    for (const key of this.#sounding.keys()) this.finish(Math.floor(key / 128), key % 128, 0)
  }
}

/** Reads what a meta event says; returns whether it ends the track. */
const readMeta = (piece: Piece, reader: MidiReader, tick: number): boolean => {
  const from = reader.at
  const type = reader.byte()
  const data = reader.part(reader.variable())
  const due = (bytes: number) => {
    if (data.left < bytes) throw new MidiMalformed(from, `has a meta event ${type} of ${data.left} bytes`)
  }
  if (type === meta.endOfTrack) return true
  if (type === meta.trackName) {
    const place = piece.tracks.length - 1
    if (piece.tracks[place] === undefined && data.left > 0) piece.tracks[place] = textOf(data.take(data.left))
  } else if (type === meta.tempo) {
    due(3)
    const micros = data.number(3)
    if (micros === 0) throw new MidiMalformed(from, "has a tempo without end")
    piece.tempos.push({ tick, bpm: microsPerMinute / micros })
  } else if (type === meta.timeSignature) {
    due(2)
    piece.timeSignatures.push({ tick, numerator: data.byte(), denominator: 2 ** data.byte() })
  }
  if (piece.tempos.length + piece.timeSignatures.length > changesMax) {
    throw new MidiMalformed(from, `has more than ${changesMax} changes of tempo or time signature`)
  }
  return false
}

/** Reads a message of a channel, whose status byte was read or is that of the message before. */
const readMessage = (piece: Piece, reader: MidiReader, byte: number, tick: number): void => {
  const [type, channel] = [byte & 0xf0, byte & 0x0f]
  const first = reader.data()
  if (type === status.program || type === status.pressure) return
  const second = reader.data()
  if (type === status.noteOn && second > 0) piece.begin(channel, first, second, tick)
  else if (type === status.noteOn || type === status.noteOff) piece.finish(channel, first, tick)
}

const readingTrack = function* (piece: Piece, reader: MidiReader): Counted<void> {
  let [tick, running, steps, isOver] = [0, 0, 0, false]
  while (!isOver && reader.left > 0) {
    tick += reader.variable()
    const from = reader.at
    const next = reader.byte()
    const isRunning = next < 128
    if (isRunning) reader.at = from
    const byte = isRunning ? running : next
    if (byte === metaEvent) isOver = readMeta(piece, reader, tick)
    else if (systemExclusive.has(byte)) {
      reader.take(reader.variable())
      running = 0
    } else {
      if (byte < status.noteOff || byte >= status.system) {
        throw new MidiMalformed(
          from,
          byte === 0 ? "has data without an event" : `has an event ${byte}, which no file may`
        )
      }
      running = byte
      readMessage(piece, reader, byte, tick)
    }
    if (piece.notes.length > notesMax) throw new MidiMalformed(from, `has more than ${notesMax} notes`)
    steps += eventSteps
    if (steps >= sliceSteps) {
      yield steps
      steps = 0
    }
  }
  piece.end = Math.max(piece.end, tick)
  yield steps
}

/** Reads the header; returns the number of tracks and the ticks of a quarter note. */
const readHeader = (reader: MidiReader) => {
  if (reader.left < 8 || latin1(reader.take(4)) !== "MThd") throw new MidiMalformed(0, "does not begin with MThd")
  const header = reader.part(reader.number(4))
  if (header.left < headerBytes)
    throw new MidiMalformed(8, `has a header of ${header.left} bytes instead of ${headerBytes}`)
  const format = header.number(2)
  if (format > 2) throw new MidiMalformed(8, `has the format ${format}, and 0 to 2 are known`)
  const tracks = header.number(2)
  if (tracks > tracksMax) throw new MidiMalformed(10, `has ${tracks} tracks, and ${tracksMax} are read`)
  const ticksPerBeat = header.number(2)
  if (ticksPerBeat >= 0x8000)
    throw new MidiMalformed(12, "counts its time in frames of a film (SMPTE), which have no beats")
  if (ticksPerBeat === 0) throw new MidiMalformed(12, "has no ticks in a beat")
  return { tracks, ticksPerBeat }
}

const byTick = (a: { readonly tick: number }, b: { readonly tick: number }): number => a.tick - b.tick

const inOrder = (a: Note, b: Note): number => a.start - b.start || a.pitch - b.pitch || a.channel - b.channel

const decoding = function* (bytes: Uint8Array): Counted<Midi> {
  const reader = new MidiReader(bytes)
  const { ticksPerBeat, tracks } = readHeader(reader)
  const piece = new Piece()
  while (piece.tracks.length < tracks) {
    const from = reader.at
    if (reader.left < 8) throw new MidiMalformed(from, `ends after ${piece.tracks.length} of ${tracks} tracks`)
    const type = latin1(reader.take(4))
    const chunk = reader.part(reader.number(4))
    // Chunks of other types are for other readers.
    if (type !== "MTrk") continue
    piece.tracks.push(undefined)
    yield* readingTrack(piece, chunk)
  }
  piece.finishAll()
  return {
    ticksPerBeat,
    tracks: piece.tracks,
    notes: yield* counted(sorting(piece.notes, inOrder)),
    tempos: piece.tempos.toSorted(byTick),
    timeSignatures: piece.timeSignatures.toSorted(byTick),
    end: piece.end
  }
}

/** Decodes a file, or says why it cannot be decoded. */
export const decodingMidi = function* (bytes: Uint8Array): Counted<Midi | MidiMalformed> {
  try {
    return yield* decoding(bytes)
  } catch (cause) {
    if (cause instanceof MidiMalformed) return cause
    throw cause
  }
}
