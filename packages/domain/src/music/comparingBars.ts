/** What changed between two pieces, by bar. A bar is the same if its notes are, whatever its number. */
import { type Counted, sliceEntries, sliceSteps } from "../base/Slices.ts"
import type { Hunk } from "../merge/lineDiff.ts"
import { type Bar, barsOf, startOfBar } from "./bars.ts"
import { comparingLists } from "./comparingLists.ts"
import { noteKey } from "./comparingNotes.ts"
import type { Midi } from "./Midi.ts"

const writingKey = function* (midi: Midi, { bar, notes }: Bar): Counted<string> {
  const from = startOfBar(midi, bar)
  const keys: Array<string> = []
  for (const note of notes) {
    keys.push(noteKey({ ...note, start: note.start - from }))
    if (keys.length % sliceEntries === 0) yield sliceSteps
  }
  return keys.join()
}

const writingKeys = function* (midi: Midi): Counted<ReadonlyArray<string>> {
  const keys: Array<string> = []
  for (const bar of barsOf(midi)) {
    keys.push(yield* writingKey(midi, bar))
    if (keys.length % sliceEntries === 0) yield sliceSteps
  }
  return keys
}

/** Compares the bars of two pieces; undefined if they are too different. */
export const comparingBars = function* (before: Midi, after: Midi): Counted<ReadonlyArray<Hunk> | undefined> {
  return yield* comparingLists(yield* writingKeys(before), yield* writingKeys(after), (key) => key)
}
