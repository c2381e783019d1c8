/** What MIDI files of a commit have: notes, scales, cadences, and where they came from. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { cursor } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { fileQuery, ref } from "./files.ts"

/** The maximum and default number of notes in one page. */
export const noteLimitMax = 5000

export const MidiNote = Schema.Struct({
  /** From 0 to 127; 60 is C4. */
  pitch: Schema.Int,
  /** Quarter notes from the beginning. */
  startBeat: Schema.Finite,
  durationBeats: Schema.Finite,
  /** From 1 to 127. */
  velocity: Schema.Int,
  /** From 0 to 15. */
  channel: Schema.Int
}).annotate({ identifier: "MidiNote" })
export type MidiNote = typeof MidiNote.Type

const MidiTrack = Schema.Struct({
  /** The place of the track in the file, from 0. */
  trackId: Schema.Int,
  name: Schema.NullOr(Schema.String),
  /** The channel of all its notes; null if they have several, or there are none. */
  channel: Schema.NullOr(Schema.Int),
  /** The notes of the page that begin in the track, in order of time. */
  notes: Schema.Array(MidiNote)
}).annotate({ identifier: "MidiTrack" })

/** The file that an answer is about. */
const file = { commitId: CommitId, path: Schema.String, blobId: BlobId }

export const MidiFile = Schema.Struct({
  ...file,
  noteCount: Schema.Int,
  /** Quarter notes a minute at the beginning: 120 if the file does not say. */
  tempoBpm: Schema.Finite,
  /** At the beginning: 4/4 if the file does not say. */
  timeSignature: Schema.Struct({ numerator: Schema.Int, denominator: Schema.Int }),
  totalBeats: Schema.Finite,
  tracks: Schema.Array(MidiTrack),
  nextCursor: Schema.NullOr(Schema.String)
}).annotate({ identifier: "MidiFile" })

const ScaleMatch = Schema.Struct({
  root: Schema.String,
  name: Schema.String,
  /** The share of the notes that are in the scale, from 0 to 1. */
  confidence: Schema.Finite,
  outOfScaleNotes: Schema.Int
}).annotate({ identifier: "ScaleMatch" })

const Cadence = Schema.Struct({
  /** The bar that the cadence leads to, in which a phrase of four bars begins. */
  bar: Schema.Int,
  kind: Schema.Literals(["authentic", "deceptive", "half", "plagal"]),
  /** The chords before and in it, as `Cmaj`. */
  from: Schema.String,
  to: Schema.String
}).annotate({ identifier: "Cadence" })

export const MidiAnalysis = Schema.Struct({
  ...file,
  /** The five that have the most of the notes. */
  scales: Schema.Array(ScaleMatch),
  /** Bars of four quarter notes, counted from 1, in which notes begin. */
  density: Schema.Array(Schema.Struct({ bar: Schema.Int, noteCount: Schema.Int, notesPerBeat: Schema.Finite })),
  /** Each change of tempo. */
  tempo: Schema.Array(Schema.Struct({ beat: Schema.Finite, bpm: Schema.Finite })),
  cadences: Schema.Array(Cadence),
  /** Whether a list has more than 2,000 elements, of which these are the first. */
  truncated: Schema.Boolean
}).annotate({ identifier: "MidiAnalysis" })

const MidiVersion = Schema.Struct({
  commitId: CommitId,
  /** Null if the file is not there. */
  blobId: Schema.NullOr(BlobId)
})

export const MidiDiff = Schema.Struct({
  path: Schema.String,
  base: MidiVersion,
  head: MidiVersion,
  /** Null if too much changed to be compared. */
  added: Schema.NullOr(Schema.Int),
  removed: Schema.NullOr(Schema.Int),
  changes: Schema.Array(
    Schema.Struct({
      change: Schema.Literals(["added", "removed"]),
      /** Its place among the notes of the version that has it, from 0. */
      place: Schema.Int,
      note: MidiNote
    })
  ),
  /** Whether there are more than 5,000 changes, of which these are the first, or too many to be compared. */
  truncated: Schema.Boolean
}).annotate({ identifier: "MidiDiff" })

export const MidiBlame = Schema.Struct({
  ...file,
  /** False while commits are pending, or if the file has too long a history. */
  complete: Schema.Boolean,
  /** Bars that follow each other and came with the same commit; of those in which notes begin. */
  ranges: Schema.Array(
    Schema.Struct({
      /** The first bar of four quarter notes, from 1. */
      from: Schema.Int,
      /** The last bar. */
      to: Schema.Int,
      commitId: CommitId,
      author: Schema.String,
      /** When it was committed, as the client wrote it. */
      at: Schema.String,
      /** The path that the file has in the commit. */
      path: Schema.String
    })
  )
}).annotate({ identifier: "MidiBlame" })

const refusals = ["PathUnknown", "PathIsFolder", "MidiUnreadable"] as const

export class MidiGroup extends HttpApiGroup.make("midi")
  .add(
    HttpApiEndpoint.get("notes", "/midi", {
      params: repositoryPath,
      query: {
        ...fileQuery,
        cursor,
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: noteLimitMax })))
      },
      success: MidiFile,
      error: problemsOf(...opening, ...paging, ...referring, ...refusals)
    }).annotateMerge(
      about({
        summary: "Show the tracks and notes of a MIDI file",
        description:
          "Standard MIDI Files of up to 4 MiB and 200,000 notes, whose time counts in beats. Notes come by time, a " +
          "page of them in their tracks. A cursor stays at the commit at which the list began.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("analysis", "/midi/analysis", {
      params: repositoryPath,
      query: fileQuery,
      success: MidiAnalysis,
      error: problemsOf(...opening, ...referring, ...refusals)
    }).annotateMerge(
      about({
        summary: "Show the scales, cadences, tempos and density of a MIDI file",
        description: "By the definitions of the `muse` client, whose bars have four quarter notes.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("diff", "/midi/diff", {
      params: repositoryPath,
      query: { base: ref, head: ref, path: Schema.String },
      success: MidiDiff,
      error: problemsOf(...opening, ...referring, ...refusals)
    }).annotateMerge(
      about({
        summary: "Compare the notes of a MIDI file of two refs",
        description:
          "A note is the same if its pitch, velocity, start, duration and channel are. The file may be absent in one " +
          "of the refs.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("blame", "/midi/blame", {
      params: repositoryPath,
      query: fileQuery,
      success: MidiBlame,
      error: problemsOf(...opening, ...referring, ...refusals, "NotDerived")
    }).annotateMerge(
      about({
        summary: "Say of each bar of a MIDI file which commit brought it",
        description:
          "As `blame` does of lines: a bar is the same if its notes are, wherever it stands. Without the index 503 " +
          "(`NotDerived`).",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "MIDI" })) {}
