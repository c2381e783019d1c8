/** The chord that fits some pitches best, by the definitions of the `muse` client. */
import { type Note, pitchClassName } from "../Midi.ts"

/** Semitones above the root. */
const qualities = [
  ["maj", [0, 4, 7]],
  ["min", [0, 3, 7]],
  ["dim", [0, 3, 6]],
  ["aug", [0, 4, 8]],
  ["sus2", [0, 2, 7]],
  ["sus4", [0, 5, 7]],
  ["dom7", [0, 4, 7, 10]],
  ["maj7", [0, 4, 7, 11]],
  ["min7", [0, 3, 7, 10]],
  ["dim7", [0, 3, 6, 9]],
  ["5", [0, 7]]
] as const

export type Quality = (typeof qualities)[number][0]

export interface Chord {
  readonly root: string
  readonly quality: Quality
}

/**
 * Returns the chord of which these notes have the most pitches: of several the first by root and quality, but the last
 * one that they have all of. Undefined for fewer than two pitches.
 */
export const chordOf = (notes: ReadonlyArray<Note>): Chord | undefined => {
  const present = new Set(notes.map(({ pitch }) => pitch % 12))
  if (present.size < 2) return undefined
  let [best, most]: [Chord | undefined, number] = [undefined, 0]
  for (let root = 0; root < 12; root++) {
    for (const [quality, steps] of qualities) {
      const common = steps.filter((step) => present.has((root + step) % 12)).length
      if (common < most || (common === most && common < steps.length)) continue
      most = common
      best = { root: pitchClassName(root), quality }
    }
  }
  return best
}
