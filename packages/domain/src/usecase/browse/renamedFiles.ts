/** The files of a diff that were renamed and changed: pairs of deleted and new ones that are similar, within bounds. */
import { Effect } from "effect"
import { withinSteps } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import type { FileChange } from "../../reading/comparingFiles.ts"
import { type Candidate, PieceCounter, pairingSimilar } from "../../reading/similarity.ts"
import { textBytesMax } from "../../reading/lines/textBytesMax.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { readBytes } from "./readFile.ts"

/** Deleted files, and new ones, that are compared; if there are more, only those of the same blob were renamed. */
export const candidatesMax = 200
/** Bytes of the files that are read to compare them, in the order of their paths; those after them are not. */
const candidateBytesMax = 16 * 1024 * 1024
/** Steps of all comparisons, half a second of work. */
const stepsMax = 100_000_000

/** Reads the files that may have been renamed. */
const candidatesOf = Effect.fnUntraced(function* (
  open: OpenRepository,
  files: ReadonlyArray<{ readonly path: string; readonly blob: BlobId }>,
  counter: PieceCounter,
  bytesMax: number
) {
  const candidates: Array<Candidate> = []
  let bytesLeft = bytesMax
  for (const { blob, path } of files) {
    const { bytes } = yield* readBytes(open, blob, Math.min(bytesLeft, textBytesMax))
    if (bytes === undefined) continue
    bytesLeft -= bytes.byteLength
    const { result: pieces } = yield* withinSteps(counter.count(bytes), stepsMax)
    if (pieces !== undefined) candidates.push({ path, pieces })
  }
  return candidates
})

const sides = (files: ReadonlyArray<FileChange>) => ({
  deleted: files.flatMap(({ before, path, status }) =>
    status === "deleted" && before !== undefined ? [{ path, blob: before }] : []
  ),
  added: files.flatMap(({ after, path, status }) =>
    status === "added" && after !== undefined ? [{ path, blob: after }] : []
  )
})

/** Joins deleted and new files that are similar to files that were renamed. */
export const renamedFiles = Effect.fnUntraced(function* (open: OpenRepository, files: ReadonlyArray<FileChange>) {
  const { added, deleted } = sides(files)
  const counts = [added.length, deleted.length]
  if (counts.includes(0) || counts.some((count) => count > candidatesMax)) return files
  const counter = new PieceCounter()
  const from = yield* candidatesOf(open, deleted, counter, candidateBytesMax / 2)
  const to = yield* candidatesOf(open, added, counter, candidateBytesMax / 2)
  const { result: sources } = yield* withinSteps(pairingSimilar(from, to), stepsMax)
  if (sources === undefined) return files
  const gone = new Map(deleted.map(({ blob, path }) => [path, blob]))
  const left = new Set(sources.values())
  return files.flatMap((file): ReadonlyArray<FileChange> => {
    if (file.status === "deleted" && left.has(file.path)) return []
    const oldPath = file.status === "added" ? sources.get(file.path) : undefined
    return [oldPath === undefined ? file : { ...file, status: "renamed", oldPath, before: gone.get(oldPath) }]
  })
})

/** Returns the files that are at a path, or below it, in either tree. */
export const withinPath = (files: ReadonlyArray<FileChange>, path: string): ReadonlyArray<FileChange> => {
  if (path === "") return files
  const isWithin = (each: string | undefined) => each === path || each?.startsWith(`${path}/`) === true
  return files.filter((file) => isWithin(file.path) || isWithin(file.oldPath))
}
