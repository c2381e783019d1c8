/** Reads a file of a commit: its bytes, or its text. */
import { Effect, Stream } from "effect"
import { decodedText, lookedAtBytes } from "../../base/text/decodedText.ts"
import { type ObjectReadError, readBlob } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, CommitId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { textBytesMax } from "../../reading/lines/textBytesMax.ts"
import { blobContent, type ReadableContent } from "../access/blobContent.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { PathIsFolder, PathUnknown } from "./errors.ts"
import { requireFile, type ViewError, viewed, type ViewServices } from "./viewed.ts"

export interface FileQuery {
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  readonly path: string
}

/** A file of a commit, whose bytes are read from the store. */
export interface OpenedFile extends ReadableContent {
  readonly commitId: CommitId
  readonly blob: BlobId
}

export type ReadFileError = PathIsFolder | PathUnknown | ViewError

/** Opens a file of a commit. */
export const openFile = Effect.fn("openFile")(function* (
  open: OpenRepository,
  { path, ref }: FileQuery
): Effect.fn.Return<OpenedFile, ReadFileError, ViewServices> {
  const view = yield* viewed(open, ref)
  const blob = yield* requireFile(view, path)
  const file: OpenedFile = { commitId: view.commitId, blob, ...(yield* blobContent(open, blob)) }
  return file
})

/** What a file says. */
export interface FileText {
  /** Whether the file is no UTF-8, or has NUL near its beginning. Of a file that is too large, its beginning says. */
  readonly binary: boolean
  /** Absent for a file that is binary or larger than `textBytesMax`. */
  readonly text: string | undefined
}

/** Reads a file of up to `bytesMax` bytes, or the beginning of a larger one, through a stream. */
const streamedBytes = Effect.fnUntraced(function* ({ part, size, whole }: ReadableContent, bytesMax: number) {
  const content = size <= bytesMax ? whole : part({ start: 0, end: Math.min(size, lookedAtBytes) })
  return yield* Effect.mapError(Stream.mkUint8Array(content), ({ readError }) => readError)
})

/** Reads the text of a file. */
export const readText = Effect.fn("readText")(function* (
  content: ReadableContent
): Effect.fn.Return<FileText, ObjectReadError, ObjectStore | Packs> {
  const isWhole = content.size <= textBytesMax
  const text = decodedText(yield* streamedBytes(content, textBytesMax), { isWhole })
  const found: FileText = { binary: text === undefined, text: isWhole ? text : undefined }
  return found
})

/** What a file says, as bytes. */
export interface FileBytes {
  /** As in `FileText`. */
  readonly binary: boolean
  /** Absent for a file with more bytes than were asked for. */
  readonly bytes: Uint8Array | undefined
}

/** Reads the bytes of a blob of up to `bytesMax` bytes, and says of any blob whether it is binary. */
export const readBytes = Effect.fnUntraced(function* (
  open: OpenRepository,
  blob: BlobId,
  bytesMax: number
): Effect.fn.Return<FileBytes, ObjectReadError, ObjectStore | Packs> {
  const content = yield* blobContent(open, blob)
  const isWhole = content.size <= bytesMax
  const bytes = isWhole && content.size > 0 ? yield* readBlob(open.id, blob) : yield* streamedBytes(content, bytesMax)
  const found: FileBytes = {
    binary: decodedText(bytes, { isWhole }) === undefined,
    bytes: isWhole ? bytes : undefined
  }
  return found
})
