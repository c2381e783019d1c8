/**
 * What finds the symbols of a file: the functions, classes and other things that its text declares. What it finds
 * follows from the bytes and the language alone, so equal files are looked at once.
 */
import { Context, type Effect, Schema } from "effect"
import { publicSentence, UnavailableReason } from "../UnavailableReason.ts"
import type { ExtractedFile, Extraction } from "./Extraction.ts"

/** What extracts does not work, whatever the file. */
export class ExtractorUnavailable extends Schema.TaggedError<ExtractorUnavailable>()("ExtractorUnavailable", {
  extractor: Schema.String,
  reason: UnavailableReason
}) {
  static readonly kinds = ["unavailable", "out of order"] as const
  override readonly cause = this.reason
  get kind() {
    return this.reason.kind
  }
  override get message() {
    return `the extractor of symbols ${this.extractor} does not work`
  }
  get publicMessage() {
    return publicSentence("the extractor of symbols", this.reason)
  }
}

export class Extractor extends Context.Service<
  Extractor,
  {
    /** Which extractor it is, such as `treesitter`. */
    readonly name: string
    /** From 1 to 999; raised whenever a file may have other symbols than before. */
    readonly version: number
    /** The largest file that is looked at. */
    readonly bytesMax: number
    /** Returns the language of a file by its path; undefined for one that the extractor does not know. */
    readonly languageOf: (path: string) => string | undefined
    /**
     * Finds the symbols of files, and returns them in the order of the files. Takes a bounded time and memory for each,
     * and never holds the event loop for long. A hostile file changes nothing for the others.
     */
    readonly extract: (
      files: ReadonlyArray<ExtractedFile>
    ) => Effect.Effect<ReadonlyArray<Extraction>, ExtractorUnavailable>
  }
>()("@musehub/domain/port/extractor/Extractor") {}
