/** Says of each line of a file which commit brought it, as far as touches are derived. */
import { Effect, Stream } from "effect"
import { withinSteps } from "../../../base/Slices.ts"
import type { BlobId, CommitId } from "../../../object/Id.ts"
import { lineageOf } from "../../../reading/lineage/lineageOf.ts"
import { blobContent } from "../../access/blobContent.ts"
import { textBytesMax } from "../../../reading/lines/textBytesMax.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted } from "../../admission/Admission.ts"
import { commitsSaid, type SaidCommit } from "../commitsSaid.ts"
import type { NotDerived, PathIsFolder, PathUnknown } from "../errors.ts"
import { completenessOf, type PathHistoryServices, requireDerived } from "../pathHistory.ts"
import type { FileQuery } from "../readFile.ts"
import { requireFile, type ViewError, viewed } from "../viewed.ts"
import { countingLines, passingLines } from "./passingLines.ts"
import { type Origin, traceLines, type Units } from "./tracing.ts"

/** Lines that follow each other, here and in the commit that brought them. */
export interface BlameRange extends Omit<SaidCommit, "message"> {
  /** The first line, from 1, and the last. */
  readonly from: number
  readonly to: number
  /** The path that the file has in the commit, and the number of the first line there. */
  readonly path: string
  readonly line: number
}

export interface Blame {
  readonly commitId: CommitId
  readonly path: string
  readonly blobId: BlobId
  /**
   * False while touches are pending, or if the file is no text, too large, or has too long a history. A line that could
   * not be traced to the end has the commit that it was traced to, or no range.
   */
  readonly complete: boolean
  readonly ranges: ReadonlyArray<BlameRange>
}

export type BlameError = NotDerived | PathIsFolder | PathUnknown | ViewError

/** Steps of counting the units of a file. */
const stepsMax = 50_000_000

const textLines: Units = { bytesMax: textBytesMax, counting: countingLines, passing: passingLines }

/** Counts the units of a file; undefined if it has none of the kind, or is too large. */
const countOf = Effect.fnUntraced(function* (open: OpenRepository, blob: BlobId, { bytesMax, counting }: Units) {
  const { size, whole } = yield* blobContent(open, blob)
  if (size > bytesMax) return undefined
  const bytes = yield* Effect.mapError(Stream.mkUint8Array(whole), ({ readError }) => readError)
  return (yield* withinSteps(counting(bytes), stepsMax)).result
})

/** Joins lines that follow each other. */
const rangesOf = (origins: ReadonlyArray<Origin | undefined>) => {
  const ranges: Array<{ readonly from: number; to: number; readonly origin: Origin }> = []
  for (const [line, origin] of origins.entries()) {
    if (origin === undefined) continue
    const last = ranges.at(-1)
    const isNext =
      last?.to === line &&
      last.origin.place === origin.place &&
      last.origin.path === origin.path &&
      last.origin.line + line + 1 - last.from === origin.line
    if (isNext) last.to = line + 1
    else ranges.push({ from: line + 1, to: line + 1, origin })
  }
  return ranges
}

/** Finds the commits that brought the lines of a file, or other units, of a ref, by default the default branch. */
export const blame = Effect.fn("blame")(function* (
  open: OpenRepository,
  { path, ref }: FileQuery,
  units: Units = textLines
): Effect.fn.Return<Blame, BlameError, PathHistoryServices> {
  yield* requireDerived(open)
  const view = yield* viewed(open, ref)
  const { commitId } = view
  const blobId = yield* requireFile(view, path)
  // After the commit was found, since it may have been pushed just now.
  const derived = yield* completenessOf(open)
  const lines = yield* countOf(open, blobId, units)
  if (lines === undefined) return { commitId, path, blobId, complete: false, ranges: [] } satisfies Blame
  const tracing = Effect.gen(function* () {
    const lineage = yield* lineageOf(open.id, commitId)
    const traced = yield* traceLines(open, lineage, { path, blob: blobId, lines, units })
    const found = rangesOf(traced.origins)
    return { complete: traced.complete, found, commits: found.map(({ origin }) => lineage.idAt(origin.place)) }
  })
  const { commits, complete, found } = yield* admitted("list", tracing)
  const said = yield* commitsSaid(open, commits)
  const ranges = found.map(({ from, origin, to }, position): BlameRange => {
    const { at, author, commitId } = said(position)
    return { from, to, commitId, author, at, path: origin.path, line: origin.line + 1 }
  })
  const blamed: Blame = { commitId, path, blobId, complete: complete && derived.complete, ranges }
  return blamed
})
