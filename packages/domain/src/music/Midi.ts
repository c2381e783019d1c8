/** Standard MIDI files (Standard MIDI Files 1.0, RP-001): what is read of them, and within which bounds. */
import { elementAt } from "../base/expected.ts"

/** The largest file that is read, in bytes. */
export const midiBytesMax = 4 * 1024 * 1024
/** The most notes, tracks, and changes of tempo or of time signature that are read. */
export const notesMax = 200_000
export const tracksMax = 1000
export const changesMax = 10_000
/** Characters of the name of a track that are kept. */
export const trackNameLengthMax = 200

export interface Note {
  /** From 0 to 127; 60 is C4. */
  readonly pitch: number
  /** From 1 to 127. */
  readonly velocity: number
  /** When it begins and how long it is, in ticks. */
  readonly start: number
  readonly duration: number
  /** From 0 to 15. */
  readonly channel: number
  /** The track in which it begins: its place in the file. */
  readonly track: number
}

export interface TempoChange {
  readonly tick: number
  /** Quarter notes a minute. */
  readonly bpm: number
}

export interface TimeSignature {
  readonly tick: number
  readonly numerator: number
  readonly denominator: number
}

export interface Midi {
  /** Ticks of a quarter note. */
  readonly ticksPerBeat: number
  /** The names of the tracks, in the order of the file; undefined for one without a name. */
  readonly tracks: ReadonlyArray<string | undefined>
  /** By time, then pitch, then channel. */
  readonly notes: ReadonlyArray<Note>
  /** In order of time. */
  readonly tempos: ReadonlyArray<TempoChange>
  readonly timeSignatures: ReadonlyArray<TimeSignature>
  /** Where the last event of the longest track stands. */
  readonly end: number
}

/** The file is no Standard MIDI File, or not one that is read here. */
export class MidiMalformed extends Error {
  /** The place of the byte that cannot be read. */
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

const pitchClasses = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]

/** Returns the name of a pitch without its octave, as the `muse` client spells it. */
export const pitchClassName = (pitch: number): string => elementAt(pitchClasses, pitch % pitchClasses.length)
