/** Says of each bar of a MIDI file which commit brought it, as far as touches are derived. */
import { Effect } from "effect"
import { elementAt } from "../../../base/expected.ts"
import type { Counted } from "../../../base/Slices.ts"
import { barsOf } from "../../../music/bars.ts"
import { comparingBars } from "../../../music/comparingBars.ts"
import { decodingMidi } from "../../../music/decodingMidi.ts"
import { midiBytesMax, MidiMalformed } from "../../../music/Midi.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted } from "../../admission/Admission.ts"
import { blame, type Blame, type BlameError, type BlameRange } from "../blame/blame.ts"
import { passingUnchanged } from "../blame/passingLines.ts"
import type { Units } from "../blame/tracing.ts"
import type { PathHistoryServices } from "../pathHistory.ts"
import type { FileQuery } from "../readFile.ts"
import { decodedMidi, type MidiUnreadable } from "./openMidi.ts"

/** Bars that follow each other and came with the same commit. `from` and `to` are their numbers, counted from 1. */
export type BarRange = Omit<BlameRange, "line">

export interface MidiBlame extends Omit<Blame, "ranges"> {
  /** Of the bars in which notes begin. */
  readonly ranges: ReadonlyArray<BarRange>
}

const counting = function* (version: Uint8Array): Counted<number | undefined> {
  const midi = yield* decodingMidi(version)
  return midi instanceof MidiMalformed ? undefined : barsOf(midi).length
}

const passing = function* (here: Uint8Array, before: Uint8Array): Counted<Int32Array | undefined> {
  const [after, earlier] = [yield* decodingMidi(here), yield* decodingMidi(before)]
  if (after instanceof MidiMalformed || earlier instanceof MidiMalformed) return undefined
  const hunks = yield* comparingBars(earlier, after)
  return hunks && (yield* passingUnchanged(hunks, barsOf(after).length))
}

const bars: Units = { bytesMax: midiBytesMax, counting, passing }

/** Finds the commits that brought the bars of a MIDI file of a ref, by default of the default branch. */
export const blameMidi = Effect.fn("blameMidi")(function* (
  open: OpenRepository,
  query: FileQuery
): Effect.fn.Return<MidiBlame, BlameError | MidiUnreadable, PathHistoryServices> {
  const { ranges, ...blamed } = yield* blame(open, query, bars)
  const midi = yield* admitted("list", decodedMidi(open, blamed.path, blamed.blobId))
  const numbers = barsOf(midi).map(({ bar }) => bar)
  const named: MidiBlame = {
    ...blamed,
    ranges: ranges.map(({ at, author, commitId, from, path, to }) => ({
      from: elementAt(numbers, from - 1),
      to: elementAt(numbers, to - 1),
      commitId,
      author,
      at,
      path
    }))
  }
  return named
})
