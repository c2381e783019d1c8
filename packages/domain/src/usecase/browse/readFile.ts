/** Reads a file of a commit: its bytes, or its text. */
import { Effect, Stream } from "effect"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, CommitId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
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

/** The largest file whose text is read, in bytes. */
export const textBytesMax = 1024 * 1024

/** The bytes at the beginning in which NUL makes a file binary, as in git. */
const lookedAtBytes = 8 * 1024

const decoderOfText = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Decodes UTF-8 without NUL near its beginning; `isWhole` says whether the bytes end where a character does. */
const textOf = (bytes: Uint8Array, isWhole: boolean): string | undefined => {
  if (bytes.subarray(0, lookedAtBytes).includes(0)) return undefined
  try {
    return decoderOfText().decode(bytes, { stream: !isWhole })
  } catch {
    return undefined
  }
}

/** What a file says. */
export interface FileText {
  /** Whether the file is no UTF-8, or has NUL near its beginning. Of a file that is too large, its beginning says. */
  readonly binary: boolean
  /** Absent for a file that is binary or larger than `textBytesMax`. */
  readonly text: string | undefined
}

/** Reads the text of a file. */
export const readText = Effect.fn("readText")(function* ({
  part,
  size,
  whole
}: ReadableContent): Effect.fn.Return<FileText, ObjectReadError, ObjectStore | Packs> {
  const isWhole = size <= textBytesMax
  const content = isWhole ? whole : part({ start: 0, end: lookedAtBytes })
  const bytes = yield* Effect.mapError(Stream.mkUint8Array(content), ({ readError }) => readError)
  const text = textOf(bytes, isWhole)
  const found: FileText = { binary: text === undefined, text: isWhole ? text : undefined }
  return found
})
