/** What changed between two pieces, by note. A note is the same if all that the client compares is: not its track. */
import { elementAt } from "../base/expected.ts"
import type { Counted } from "../base/Slices.ts"
import { comparingLists } from "./comparingLists.ts"
import type { Midi, Note } from "./Midi.ts"

export interface NoteChange {
  readonly change: "added" | "removed"
  /** Its place among the notes of the piece that has it, from 0. */
  readonly place: number
  readonly note: Note
}

/** Returns what the `muse` client hashes as the identity of a note. */
export const noteKey = ({ channel, duration, pitch, start, velocity }: Note): string =>
  `${pitch}:${velocity}:${start}:${duration}:${channel}`

const changesIn = (change: NoteChange["change"], { notes }: Midi, from: number, to: number): Array<NoteChange> =>
  Array.from({ length: to - from }, (_, step) => ({ change, place: from + step, note: elementAt(notes, from + step) }))

/**
 * Compares two pieces. Returns the changes in order, of each place what was removed first; undefined if they are too
 * different.
 */
export const comparingNotes = function* (before: Midi, after: Midi): Counted<ReadonlyArray<NoteChange> | undefined> {
  const hunks = yield* comparingLists(before.notes, after.notes, noteKey)
  return hunks?.flatMap(({ end, from, start, to }) => [
    ...changesIn("removed", before, from, to),
    ...changesIn("added", after, start, end)
  ])
}
