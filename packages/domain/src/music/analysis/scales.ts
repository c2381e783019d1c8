/** The scales that fit the notes of a piece best, by the definitions of the `muse` client. */
import { wordAt } from "../../merge/numberAt.ts"
import { type Note, pitchClassName } from "../Midi.ts"

/** Semitones above the root. */
const scales: Readonly<Record<string, ReadonlyArray<number>>> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  "natural minor": [0, 2, 3, 5, 7, 8, 10],
  "harmonic minor": [0, 2, 3, 5, 7, 8, 11],
  "melodic minor": [0, 2, 3, 5, 7, 9, 11],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  locrian: [0, 1, 3, 5, 6, 8, 10],
  "major pentatonic": [0, 2, 4, 7, 9],
  "minor pentatonic": [0, 3, 5, 7, 10],
  blues: [0, 3, 5, 6, 7, 10],
  "whole tone": [0, 2, 4, 6, 8, 10],
  diminished: [0, 2, 3, 5, 6, 8, 9, 11],
  chromatic: Array.from({ length: 12 }, (_, step) => step)
}

const shown = 5

export interface ScaleMatch {
  readonly root: string
  readonly name: string
  /** The share of the notes that are in the scale, from 0 to 1. */
  readonly confidence: number
  readonly outOfScaleNotes: number
}

/** Returns the five scales that have the most of these notes, the first in the order of roots and of names above. */
export const scalesOf = (notes: ReadonlyArray<Note>): ReadonlyArray<ScaleMatch> => {
  if (notes.length === 0) return []
  const counts = new Uint32Array(12)
  for (const { pitch } of notes) counts[pitch % 12] = wordAt(counts, pitch % 12) + 1
  const matches = Array.from(counts.keys()).flatMap((root) =>
    Object.entries(scales).map(([name, steps]): ScaleMatch => {
      const inside = steps.reduce((sum, step) => sum + wordAt(counts, (root + step) % 12), 0)
      return {
        root: pitchClassName(root),
        name,
        confidence: inside / notes.length,
        outOfScaleNotes: notes.length - inside
      }
    })
  )
  return matches.toSorted((a, b) => a.outOfScaleNotes - b.outOfScaleNotes).slice(0, shown)
}
