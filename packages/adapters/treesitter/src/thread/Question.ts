/** What the hub sends the thread, and what that answers. */
import type { Extraction } from "@musehub/domain/port/extractor/Extraction"

/** Files one behind another: a message with a buffer for each costs more than the parser takes for a small one. */
export interface SentFiles {
  /** Of each file. */
  readonly languages: ReadonlyArray<string>
  /** The bytes of each file. */
  readonly sizes: ReadonlyArray<number>
  /** The bytes of all. */
  readonly content: Uint8Array<ArrayBuffer>
}

export type Question =
  /** To load grammars, which takes its time on a busy machine, apart from that of any file. */
  { readonly type: "load"; readonly languages: ReadonlyArray<string> } | ({ readonly type: "parse" } & SentFiles)

export type Answer =
  /** Sent at the start, and when the grammars are loaded. */
  | { readonly type: "ready" }
  | {
      readonly type: "parsed"
      /** Of the first files, of one at least. The others are left if these took long, or the thread is spent. */
      readonly extractions: ReadonlyArray<Extraction>
      /** Whether the thread should not be used again. */
      readonly isSpent: boolean
    }
  /** The parser does not work, whatever the file. */
  | { readonly type: "failed"; readonly reason: string }
