/** Reads the tracks and notes of a MIDI file, in pages. */
import { Effect, Option } from "effect"
import { elementAt } from "../../../base/expected.ts"
import type { Midi, Note, TempoChange, TimeSignature } from "../../../music/Midi.ts"
import { type BlobId, type CommitId, isCommitId } from "../../../object/Id.ts"
import { CursorRefused, type Page, type PageRequest } from "../../../port/Page.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted } from "../../admission/Admission.ts"
import type { FileQuery } from "../readFile.ts"
import { viewed, viewedCommit, type ViewServices } from "../viewed.ts"
import { type MidiError, midiIn } from "./openMidi.ts"

export interface TrackNotes {
  /** The place of the track in the file, from 0. */
  readonly trackId: number
  readonly name: string | undefined
  /** The channel of all its notes; undefined if they have several, or there are none. */
  readonly channel: number | undefined
  /** Those of the page, in order of time. */
  readonly notes: ReadonlyArray<Note>
}

/** A MIDI file, with a page of its notes. */
export interface MidiFile extends Pick<Page<Note>, "next"> {
  readonly commitId: CommitId
  readonly path: string
  readonly blobId: BlobId
  readonly ticksPerBeat: number
  readonly noteCount: number
  /** Notes of the file that stand before those of the page. */
  readonly from: number
  /** At the beginning, by the defaults of the format if the file does not say. */
  readonly tempoBpm: TempoChange["bpm"]
  readonly timeSignature: Omit<TimeSignature, "tick">
  readonly totalBeats: number
  readonly tracks: ReadonlyArray<TrackNotes>
}

const tempoDefault = 120
const timeSignatureDefault = { numerator: 4, denominator: 4 }

/** The commit at which a list of notes began, and how many of them it has shown. */
const cursorPattern = /^(.{64})(\d{1,6})$/

const placeOf = (cursor: string) => {
  const [, commit, shown] = cursorPattern.exec(cursor) ?? []
  return isCommitId(commit) ? { commit, shown: Number(shown) } : undefined
}

const foreign = new CursorRefused({ reason: "was not issued by this list" })

const channelsOf = ({ notes, tracks }: Midi): ReadonlyArray<number | undefined> => {
  const channels = tracks.map(() => new Set<number>())
  for (const { channel, track } of notes) elementAt(channels, track).add(channel)
  return channels.map((found) => (found.size === 1 ? [...found][0] : undefined))
}

const tracksOf = (midi: Midi, from: number, to: number): ReadonlyArray<TrackNotes> => {
  const channels = channelsOf(midi)
  const notes = midi.tracks.map((): Array<Note> => [])
  for (const note of midi.notes.slice(from, to)) elementAt(notes, note.track).push(note)
  return midi.tracks.map((name, trackId) => ({
    trackId,
    name,
    channel: channels[trackId],
    notes: elementAt(notes, trackId)
  }))
}

/** Reads the tracks of a MIDI file and a page of its notes. A cursor has the commit, so the list goes on there. */
export const readMidi = Effect.fn("readMidi")(function* (
  open: OpenRepository,
  { path, ref }: FileQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<MidiFile, CursorRefused | MidiError, ViewServices> {
  const place = after === undefined ? undefined : placeOf(after)
  if (after !== undefined && place === undefined) return yield* foreign
  const view = place === undefined ? yield* viewed(open, ref) : yield* viewedCommit(open, place.commit)
  const { blobId, commitId, midi } = yield* admitted("list", midiIn(open, view, path))
  const from = place === undefined ? 0 : place.shown
  const to = from + limit
  const { end, notes, tempos, ticksPerBeat, timeSignatures } = midi
  const { denominator, numerator } = timeSignatures[0] ?? timeSignatureDefault
  const file: MidiFile = {
    commitId,
    path,
    blobId,
    ticksPerBeat,
    noteCount: notes.length,
    from: Math.min(from, notes.length),
    tempoBpm: tempos[0]?.bpm ?? tempoDefault,
    timeSignature: { numerator, denominator },
    totalBeats: end / ticksPerBeat,
    tracks: tracksOf(midi, from, to),
    next: to < notes.length ? Option.some(`${commitId}${to}`) : Option.none()
  }
  return file
})
