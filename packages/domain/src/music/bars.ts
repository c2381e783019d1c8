/** Bars of four quarter notes, as the `muse` client counts them, whatever the time signature. */
import type { Midi, Note } from "./Midi.ts"

export const beatsPerBar = 4

export interface Bar {
  /** Counted from 1. */
  readonly bar: number
  /** Those that begin in it: one at least. */
  readonly notes: ReadonlyArray<Note>
}

/** Returns the first tick of a bar. */
export const startOfBar = ({ ticksPerBeat }: Midi, bar: number): number => (bar - 1) * beatsPerBar * ticksPerBeat

/** Returns the bars in which notes begin. */
export const barsOf = ({ notes, ticksPerBeat }: Midi): ReadonlyArray<Bar> => {
  const bars: Array<{ readonly bar: number; readonly notes: Array<Note> }> = []
  for (const note of notes) {
    const bar = Math.floor(note.start / (beatsPerBar * ticksPerBeat)) + 1
    const last = bars.at(-1)
    if (last?.bar === bar) last.notes.push(note)
    else bars.push({ bar, notes: [note] })
  }
  return bars
}
