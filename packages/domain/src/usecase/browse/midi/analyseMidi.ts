/** Says of a MIDI file which scales, cadences, tempos and how many notes it has, as the `muse` client does. */
import { Effect } from "effect"
import { inSlices } from "../../../base/Slices.ts"
import { type Cadence, findingCadences } from "../../../music/analysis/cadences.ts"
import { type ScaleMatch, scalesOf } from "../../../music/analysis/scales.ts"
import { barsOf, beatsPerBar } from "../../../music/bars.ts"
import type { BlobId, CommitId } from "../../../object/Id.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted } from "../../admission/Admission.ts"
import type { FileQuery } from "../readFile.ts"
import type { ViewServices } from "../viewed.ts"
import { type MidiError, openMidi } from "./openMidi.ts"

/** Elements of each list that are listed. */
export const listedMax = 2000

export interface BarDensity {
  /** Counted from 1; a bar without notes is not listed. */
  readonly bar: number
  readonly noteCount: number
  readonly notesPerBeat: number
}

export interface MidiAnalysis {
  readonly commitId: CommitId
  readonly path: string
  readonly blobId: BlobId
  readonly scales: ReadonlyArray<ScaleMatch>
  readonly density: ReadonlyArray<BarDensity>
  readonly tempo: ReadonlyArray<{ readonly beat: number; readonly bpm: number }>
  readonly cadences: ReadonlyArray<Cadence>
  /** Whether a list has more than `listedMax` elements, and its first ones are here. */
  readonly truncated: boolean
}

/** Analyses a MIDI file of a ref, by default of the default branch. */
export const analyseMidi = Effect.fn("analyseMidi")(function* (
  open: OpenRepository,
  query: FileQuery
): Effect.fn.Return<MidiAnalysis, MidiError, ViewServices> {
  const analysing = Effect.gen(function* () {
    const { blobId, commitId, midi, path } = yield* openMidi(open, query)
    const bars = barsOf(midi)
    const cadences = yield* inSlices(() => findingCadences(bars))
    const density = bars
      .slice(0, listedMax)
      .map(({ bar, notes }): BarDensity => ({ bar, noteCount: notes.length, notesPerBeat: notes.length / beatsPerBar }))
    const tempo = midi.tempos.slice(0, listedMax).map(({ bpm, tick }) => ({ beat: tick / midi.ticksPerBeat, bpm }))
    const longest = Math.max(bars.length, midi.tempos.length, cadences.length)
    const analysis: MidiAnalysis = {
      commitId,
      path,
      blobId,
      scales: scalesOf(midi.notes),
      density,
      tempo,
      cadences: cadences.slice(0, listedMax),
      truncated: longest > listedMax
    }
    return analysis
  })
  return yield* admitted("list", analysing)
})
