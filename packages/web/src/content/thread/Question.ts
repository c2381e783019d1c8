/** What the thread is asked, and what it answers. */
import type { Root } from "../HtmlTree.ts"

/** A text to be read as Markdown, or to be coloured by a grammar. */
export type Question =
  | { readonly kind: "markdown"; readonly source: string }
  | { readonly kind: "colours"; readonly source: string; readonly grammar: string }

/** The tree of it; null for one that is too large or too deep to be shown. */
export type Answer = Root | null

/** What the thread sends when it can be asked. */
export const ready = "ready"
