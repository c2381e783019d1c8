/** A page of what a search found. It ends when it is full, or after a bounded amount of work. */
import { Clock, Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import { CursorRefused, type Page } from "../../port/Page.ts"

/** The longest text that can be sought, in UTF-16 units. */
export const soughtLengthMax = 200

/** What a search looks for, and where. */
export interface SearchQuery {
  readonly sought: string
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
}

/** What a page looked at. */
export interface Scanned {
  readonly commits: number
  readonly files: number
  /** Of the contents that were read. */
  readonly bytes: number
}

export interface SearchPage<A> extends Page<A> {
  /** The commit that is searched, or whose history is. */
  readonly commitId: CommitId
  readonly scanned: Scanned
  /** Whether the page ended before it was full because of the work that it took. */
  readonly truncated: boolean
}

/** Bytes that a page reads, and time after which it ends. */
export const pageBytesMax = 64 * 1024 * 1024
const pageMillisMax = 2000

/** Returns how to ask whether a page that begins now has taken its time. */
export const pageTimer = Effect.map(Clock.Clock, (clock) => {
  const since = clock.currentTimeMillisUnsafe()
  return () => clock.currentTimeMillisUnsafe() - since >= pageMillisMax
})

export const foreignCursor = new CursorRefused({ reason: "was not issued by this list" })

/** Compares texts without regard to case. */
export const folded = (text: string): string => text.toLowerCase()
