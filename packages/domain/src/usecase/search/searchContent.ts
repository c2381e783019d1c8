/** Finds the lines of the files of a commit that have a text. */
import { Effect, Option } from "effect"
import { utf8 } from "../../base/Bytes.ts"
import { orDefault } from "../../base/expected.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { CursorRefused, PageRequest } from "../../port/Page.ts"
import { findLines, type FoundLine } from "../../reading/lines/findLines.ts"
import type { TreeFile } from "../../reading/Tree.ts"
import { textBytesMax } from "../../reading/lines/textBytesMax.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { readBytes } from "../browse/readFile.ts"
import { type Viewed, type ViewError, viewed, viewedCommit, type ViewServices } from "../browse/viewed.ts"
import { foreignCursor, pageBytesMax, pageTimer, type SearchPage, type SearchQuery } from "./SearchPage.ts"

/** A line that has the text, and its file. */
export interface FoundText extends FoundLine {
  readonly path: string
}

export type SearchContentError = CursorRefused | ViewError

/** Where a search goes on: in a file after a line, or after the file. */
interface Place {
  readonly commit: CommitId
  readonly path: string
  /** Absent after the whole file. */
  readonly line: number | undefined
}

const placePattern = /^(.{64})(\d{0,7}):(.+)$/s

const placeOf = (cursor: string): Place | undefined => {
  const [, commit, line, path] = placePattern.exec(cursor) ?? []
  if (!isCommitId(commit) || path === undefined) return undefined
  return { commit, path, line: line === "" ? undefined : Number(line) }
}

const cursorOf = ({ commit, line, path }: Place): string => `${commit}${orDefault(line, "")}:${path}`

/** Files that are read at the same time. */
const filesAtOnce = 8

/** The files from a place on, as many as are read at the same time. */
const filesFrom = ({ tree }: Viewed, place: Place | undefined): ReadonlyArray<TreeFile> => {
  if (place?.line === undefined) return tree.under("", { after: place?.path, limit: filesAtOnce }).items
  const blob = tree.entry(place.path)
  const name = place.path.slice(place.path.lastIndexOf("/") + 1)
  return blob === undefined ? [] : [{ type: "file", name, path: place.path, blob }]
}

/** Reads the text of a file, if it is one of up to `textBytesMax` bytes. */
const textOf = Effect.fnUntraced(function* (
  open: OpenRepository,
  { blob }: TreeFile
): Effect.fn.Return<Uint8Array | undefined, ObjectReadError, ObjectStore | Packs> {
  const { binary, bytes } = yield* readBytes(open, blob, textBytesMax)
  return binary ? undefined : bytes
})

const searching = Effect.fnUntraced(function* (
  open: OpenRepository,
  view: Viewed,
  sought: Uint8Array,
  { from, limit }: { readonly from: Place | undefined; readonly limit: number }
) {
  const { commitId: commit } = view
  const isLate = yield* pageTimer
  const items: Array<FoundText> = []
  let [place, files, bytes] = [from, 0, 0]
  for (;;) {
    const portion = filesFrom(view, place)
    if (portion.length === 0) return { items, place: undefined, files, bytes }
    const texts = yield* Effect.forEach(portion, (file) => textOf(open, file), { concurrency: filesAtOnce })
    for (const [at, { path }] of portion.entries()) {
      const text = texts[at]
      const afterLine = place?.path === path ? place.line : undefined
      const found = text === undefined ? [] : findLines(text, sought, orDefault(afterLine, 0), limit - items.length)
      items.push(...found.map((line) => ({ path, ...line })))
      files += 1
      bytes += text === undefined ? 0 : text.byteLength
      const last = found.at(-1)
      place = { commit, path, line: items.length === limit ? last?.line : undefined }
      if (items.length === limit || bytes >= pageBytesMax || isLate()) return { items, place, files, bytes }
      yield* Effect.yieldNow
    }
  }
})

/**
 * Lists the lines that have a text, as it is, by path and line. Looks at text of up to `textBytesMax` bytes a file. A
 * cursor has the commit, a path and a line.
 */
export const searchContent = Effect.fn("searchContent")(function* (
  open: OpenRepository,
  { ref, sought }: SearchQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<SearchPage<FoundText>, SearchContentError, ViewServices> {
  const from = after === undefined ? undefined : placeOf(after)
  if (after !== undefined && from === undefined) return yield* foreignCursor
  const view = from === undefined ? yield* viewed(open, ref) : yield* viewedCommit(open, from.commit)
  const found = yield* admitted("list", searching(open, view, utf8(sought), { from, limit }))
  const { bytes, files, items, place } = found
  const page: SearchPage<FoundText> = {
    commitId: view.commitId,
    items,
    next: Option.map(Option.fromUndefinedOr(place), cursorOf),
    scanned: { commits: 0, files, bytes },
    truncated: place !== undefined && items.length < limit
  }
  return page
})
