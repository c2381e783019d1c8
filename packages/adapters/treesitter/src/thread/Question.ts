/** What the hub sends the thread, and what that answers. */
import type { Parsed } from "./parse.ts"

/** A file to parse. */
export interface Question {
  readonly language: string
  readonly bytes: Uint8Array
}

export type Answer =
  /** Sent once, unasked. */
  | { readonly type: "ready" }
  | ({ readonly type: "parsed" } & Parsed)
  /** The parser does not work, whatever the file. */
  | { readonly type: "failed"; readonly reason: string }
