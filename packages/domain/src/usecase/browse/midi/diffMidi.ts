/** Says which notes of a MIDI file differ between two refs. */
import { Effect } from "effect"
import { withinSteps } from "../../../base/Slices.ts"
import { comparingNotes, type NoteChange } from "../../../music/comparingNotes.ts"
import type { Midi } from "../../../music/Midi.ts"
import type { BlobId, CommitId } from "../../../object/Id.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted } from "../../admission/Admission.ts"
import { requireFile, viewed, type Viewed, type ViewServices } from "../viewed.ts"
import { decodedMidi, type MidiError } from "./openMidi.ts"

/** Changes that are listed. */
const changesListedMax = 5000

/** Steps of a comparison: half a second of work. */
const stepsMax = 100_000_000

export interface MidiVersion {
  readonly commitId: CommitId
  /** Undefined if the file is not there. */
  readonly blobId: BlobId | undefined
  readonly ticksPerBeat: number
}

export interface MidiDiff {
  readonly path: string
  readonly base: MidiVersion
  readonly head: MidiVersion
  /** Null if too much changed to be compared. */
  readonly added: number | null
  readonly removed: number | null
  readonly changes: ReadonlyArray<NoteChange>
  /** Whether there are more changes than are listed, or too many to be compared. */
  readonly truncated: boolean
}

/** What a file that is not there has. */
const silence: Midi = { ticksPerBeat: 1, tracks: [], notes: [], tempos: [], timeSignatures: [], end: 0 }

const versionOf = Effect.fnUntraced(function* (open: OpenRepository, { commitId, tree }: Viewed, path: string) {
  const blobId = tree.entry(path)
  const midi = blobId === undefined ? silence : yield* decodedMidi(open, path, blobId)
  const version: MidiVersion = { commitId, blobId, ticksPerBeat: midi.ticksPerBeat }
  return { midi, version }
})

/** Compares the notes of a MIDI file of two refs. In one of them it may be absent. */
export const diffMidi = Effect.fn("diffMidi")(function* (
  open: OpenRepository,
  { base, head, path }: { readonly base: string; readonly head: string; readonly path: string }
): Effect.fn.Return<MidiDiff, MidiError, ViewServices> {
  const [earlier, later] = [yield* viewed(open, base), yield* viewed(open, head)]
  if (earlier.tree.entry(path) === undefined) yield* requireFile(later, path)
  const comparing = Effect.gen(function* () {
    const [before, after] = [yield* versionOf(open, earlier, path), yield* versionOf(open, later, path)]
    const { result } = yield* withinSteps(comparingNotes(before.midi, after.midi), stepsMax)
    const count = (change: NoteChange["change"]) => result?.filter((one) => one.change === change).length ?? null
    const diff: MidiDiff = {
      path,
      base: before.version,
      head: after.version,
      added: count("added"),
      removed: count("removed"),
      changes: result === undefined ? [] : result.slice(0, changesListedMax),
      truncated: result === undefined || result.length > changesListedMax
    }
    return diff
  })
  return yield* admitted("difference", comparing)
})
