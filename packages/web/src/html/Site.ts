/** What every part of a page may need to know: where the hub is, what time it is, and who looks. */
import { createContext } from "preact"

export interface Site {
  /** The path under which clients know the hub, without a trailing slash; empty at the top of a host. */
  readonly base: string
  /** The URL under which clients know the hub, without a trailing slash. */
  readonly url: string
  /** The user who looks; null if nobody is signed in. */
  readonly user: string | null
  /** Whether that user may see how the hub as a whole is. */
  readonly isOperator: boolean
  /** The token that forms carry which change something; null if nobody is signed in. */
  readonly csrf: string | null
  /** When the page is made, in milliseconds since 1970. */
  readonly now: number
}

export const SiteContext = createContext<Site>({ base: "", url: "", user: null, isOperator: false, csrf: null, now: 0 })
