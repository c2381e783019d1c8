/** Cadences: what the chords do at the ends of phrases of four bars, by the definitions of the `muse` client. */
import type { Counted } from "../../base/Slices.ts"
import type { Bar } from "../bars.ts"
import { type Chord, chordOf, type Quality } from "./chords.ts"

const barsPerPhrase = 4

/** Steps of finding the chords of a bar and the one before. */
const chordSteps = 5000

export type CadenceKind = "authentic" | "deceptive" | "half" | "plagal"

export interface Cadence {
  /** The bar that the cadence leads to, in which a phrase begins. */
  readonly bar: number
  readonly kind: CadenceKind
  /** The chords before and in it, as `Cmaj`. */
  readonly from: string
  readonly to: string
}

const major: ReadonlySet<Quality> = new Set(["maj", "maj7"])
const minor: ReadonlySet<Quality> = new Set(["min", "min7"])

const kindOf = (from: Quality, to: Quality): CadenceKind | undefined => {
  const isDominant = from === "dom7"
  if (isDominant && major.has(to)) return "authentic"
  if (isDominant && minor.has(to)) return "deceptive"
  if (to === "dom7" && (major.has(from) || minor.has(from))) return "half"
  return minor.has(from) && major.has(to) ? "plagal" : undefined
}

const named = ({ quality, root }: Chord): string => `${root}${quality}`

/** Returns the cadences of a piece. Only bars with notes count as its bars. */
export const findingCadences = function* (bars: ReadonlyArray<Bar>): Counted<ReadonlyArray<Cadence>> {
  const cadences: Array<Cadence> = []
  for (const [place, { bar, notes }] of bars.entries()) {
    const before = bars[place - 1]
    if (before === undefined || bar % barsPerPhrase !== 1) continue
    yield chordSteps + before.notes.length + notes.length
    const [from, to] = [chordOf(before.notes), chordOf(notes)]
    if (from === undefined || to === undefined) continue
    const kind = kindOf(from.quality, to.quality)
    if (kind !== undefined) cadences.push({ bar, kind, from: named(from), to: named(to) })
  }
  return cadences
}
