/** What changed in files, by line. A page ends early when its contents or its comparisons were as much as it takes. */
import { Effect } from "effect"
import { withinSteps } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import type { FileChange } from "../../reading/comparingFiles.ts"
import { comparingTexts } from "../../reading/lines/comparingTexts.ts"
import type { TextHunk } from "../../reading/lines/HunkWriter.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type FileBytes, readBytes, textBytesMax } from "./readFile.ts"

/** What changed in a file. */
export interface FileDiff extends FileChange {
  /** Whether either version is binary, as `FileText` says. */
  readonly binary: boolean
  /** Lines; null for a file that is binary, or whose lines were not compared. */
  readonly added: number | null
  readonly removed: number | null
  /** Null for a file that is binary or truncated. */
  readonly hunks: ReadonlyArray<TextHunk> | null
  /** Whether the file is too large, or changed too much, for its hunks to be shown. */
  readonly truncated: boolean
}

/** Characters of the hunks of one file. A page ends with the file that reaches as many. */
export const hunkLengthMax = 1024 * 1024
/** Hunks of one file and of a page, likewise. */
export const hunksMax = 2000
/** Steps of one comparison, and of a page, likewise: half a second of work. */
const stepsMax = 100_000_000
/** Bytes that a page reads. */
const bytesMax = 16 * 1024 * 1024

const nothing: FileBytes = { binary: false, bytes: new Uint8Array() }

const versionOf = Effect.fnUntraced(function* (open: OpenRepository, blob: BlobId | undefined, bytesMax: number) {
  return blob === undefined ? nothing : yield* readBytes(open, blob, bytesMax)
})

const uncompared = { added: null, removed: null, hunks: null } as const

/** A diff, and what it took. */
interface Made {
  readonly diff: FileDiff
  readonly bytes: number
  readonly steps: number
  readonly length: number
}

const lengthOf = (hunks: ReadonlyArray<TextHunk>): number => hunks.reduce((sum, { text }) => sum + text.length, 0)

const diffOf = Effect.fnUntraced(function* (open: OpenRepository, file: FileChange) {
  const made = (part: Omit<FileDiff, keyof FileChange>, cost: Partial<Made> = {}): Made => ({
    bytes: 0,
    steps: 0,
    length: 0,
    ...cost,
    diff: { ...file, ...part }
  })
  if (file.before === file.after) {
    const { binary } = yield* versionOf(open, file.after, 0)
    return made(
      binary
        ? { binary, truncated: false, ...uncompared }
        : { binary, truncated: false, added: 0, removed: 0, hunks: [] }
    )
  }
  const before = yield* versionOf(open, file.before, textBytesMax)
  const after = yield* versionOf(open, file.after, textBytesMax)
  const [old, now] = [before.bytes, after.bytes]
  const bytes = (old?.byteLength ?? 0) + (now?.byteLength ?? 0)
  if (before.binary || after.binary) return made({ binary: true, truncated: false, ...uncompared }, { bytes })
  if (old === undefined || now === undefined) return made({ binary: false, truncated: true, ...uncompared }, { bytes })
  const { result, steps } = yield* withinSteps(comparingTexts(old, now), stepsMax)
  if (result === undefined) return made({ binary: false, truncated: true, ...uncompared }, { bytes, steps })
  const { added, hunks, removed } = result
  const length = lengthOf(hunks)
  const truncated = length > hunkLengthMax || hunks.length > hunksMax
  return made(
    { binary: false, added, removed, hunks: truncated ? null : hunks, truncated },
    { bytes, steps, length: truncated ? 0 : length }
  )
})

/** Compares the first of these files, one after another: at least one, and all if that is not too much for a page. */
export const diffsOf = Effect.fnUntraced(function* (open: OpenRepository, files: ReadonlyArray<FileChange>) {
  const diffs: Array<FileDiff> = []
  let [bytes, steps, length, hunks] = [0, 0, 0, 0]
  for (const file of files) {
    const made = yield* diffOf(open, file)
    hunks += made.diff.hunks?.length ?? 0
    length += made.length
    // What would make the page too long comes with the next one.
    if (diffs.length > 0 && (length > hunkLengthMax || hunks > hunksMax)) break
    diffs.push(made.diff)
    bytes += made.bytes
    steps += made.steps
    if (bytes >= bytesMax || steps >= stepsMax) break
  }
  return diffs
})
