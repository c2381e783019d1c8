/** What the hub sends the thread, and what that answers. */
import type { Parsed } from "./parse.ts"

export type Question =
  /** To load a grammar, which takes its time on a busy machine, apart from that of any file. */
  | { readonly type: "load"; readonly language: string }
  | { readonly type: "parse"; readonly language: string; readonly bytes: Uint8Array }

export type Answer =
  /** Sent at the start, and when a grammar is loaded. */
  | { readonly type: "ready" }
  | ({ readonly type: "parsed" } & Parsed)
  /** The parser does not work, whatever the file. */
  | { readonly type: "failed"; readonly reason: string }
