/** What changed in files, by line. A page ends early when its contents or its comparisons were as much as it takes. */
import { Effect } from "effect"
import { withinSteps } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import type { FileChange } from "../../reading/comparingFiles.ts"
import { comparingTexts } from "../../reading/lines/comparingTexts.ts"
import type { TextHunk } from "../../reading/lines/HunkWriter.ts"
import { textBytesMax } from "../../reading/lines/textBytesMax.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type FileBytes, readBytes } from "./readFile.ts"

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

/** What a diff says beside what changed in the tree. */
type Lines = Omit<FileDiff, keyof FileChange>

/** What was read and done for a diff, and the hunks that it has. */
interface Cost {
  readonly bytes: number
  readonly steps: number
  readonly hunks: number
  readonly length: number
}

const free: Cost = { bytes: 0, steps: 0, hunks: 0, length: 0 }

const sum = (one: Cost, other: Cost): Cost => ({
  bytes: one.bytes + other.bytes,
  steps: one.steps + other.steps,
  hunks: one.hunks + other.hunks,
  length: one.length + other.length
})

const isTooLong = ({ hunks, length }: Pick<Cost, "hunks" | "length">): boolean =>
  length > hunkLengthMax || hunks > hunksMax

const uncompared = { added: null, removed: null, hunks: null } as const
const binary: Lines = { binary: true, truncated: false, ...uncompared }
const tooLarge: Lines = { binary: false, truncated: true, ...uncompared }
const unchanged: Lines = { binary: false, truncated: false, added: 0, removed: 0, hunks: [] }

const sizeOf = ({ bytes }: FileBytes): number => (bytes === undefined ? 0 : bytes.byteLength)

/** Compares both versions of a file. */
const linesOf = Effect.fnUntraced(function* (open: OpenRepository, { after, before }: FileChange) {
  const made = (lines: Lines, cost: Partial<Cost> = {}) => ({ lines, cost: { ...free, ...cost } })
  if (before === after) return made((yield* versionOf(open, after, 0)).binary ? binary : unchanged)
  const old = yield* versionOf(open, before, textBytesMax)
  const now = yield* versionOf(open, after, textBytesMax)
  const bytes = sizeOf(old) + sizeOf(now)
  if (old.binary || now.binary) return made(binary, { bytes })
  if (old.bytes === undefined || now.bytes === undefined) return made(tooLarge, { bytes })
  const { result, steps } = yield* withinSteps(comparingTexts(old.bytes, now.bytes), stepsMax)
  if (result === undefined) return made(tooLarge, { bytes, steps })
  const { added, hunks, removed } = result
  const length = hunks.reduce((total, { text }) => total + text.length, 0)
  if (isTooLong({ hunks: hunks.length, length })) return made({ ...tooLarge, added, removed }, { bytes, steps })
  return made({ binary: false, truncated: false, ...result }, { bytes, steps, hunks: hunks.length, length })
})

/** Compares the first of these files, one after another: at least one, and all if that is not too much for a page. */
export const diffsOf = Effect.fnUntraced(function* (open: OpenRepository, files: ReadonlyArray<FileChange>) {
  const diffs: Array<FileDiff> = []
  let spent = free
  for (const file of files) {
    const { cost, lines } = yield* linesOf(open, file)
    spent = sum(spent, cost)
    // What would make the page too long comes with the next one.
    if (isTooLong(spent)) break
    diffs.push({ ...file, ...lines })
    if (spent.bytes >= bytesMax || spent.steps >= stepsMax) break
  }
  return diffs
})
