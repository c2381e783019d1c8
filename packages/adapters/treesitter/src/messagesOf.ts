/** Cuts files into those of one message to the thread. */
import { atOnce, joining } from "@musehub/domain/base/Slices"
import type { ExtractedFile } from "@musehub/domain/port/extractor/Extraction"
import type { SentFiles } from "./thread/Question.ts"

/** Bounds of a message; a single file may have more bytes. */
const filesMax = 64
const bytesMax = 256 * 1024

/** Returns how many of the first files are sent together. */
export const filesTogether = (files: ReadonlyArray<ExtractedFile>): number => {
  let bytes = 0
  for (const [place, file] of files.entries()) {
    bytes += file.bytes.byteLength
    if (place === filesMax || (place > 0 && bytes > bytesMax)) return place
  }
  return files.length
}

/** Returns a message of these files, with a copy of their bytes: theirs may be a part of a large buffer. */
export const messageOf = (files: ReadonlyArray<ExtractedFile>): SentFiles => ({
  languages: files.map(({ language }) => language),
  sizes: files.map(({ bytes }) => bytes.byteLength),
  content: atOnce(joining(files.map(({ bytes }) => bytes)))
})
