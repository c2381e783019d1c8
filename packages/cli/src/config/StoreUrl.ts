/**
 * A URL that names a store or an index. Its scheme chooses the adapter; all the rest is the adapter's own language and
 * may hold a password, so it is redacted from the moment it is read.
 */
import { Redacted } from "effect"
import { quoted } from "./Setting.ts"

export interface StoreUrl {
  /** The part before the colon; empty where there is none. */
  readonly scheme: string
  readonly text: Redacted.Redacted
}

const schemePattern = /^([a-z][a-z0-9+.-]*):/

/** Takes any text: whether its scheme means something is known only when the adapters are. */
export const storeUrl = (text: string): StoreUrl => ({
  scheme: schemePattern.exec(text)?.[1] ?? "",
  text: Redacted.make(text)
})

/** Schemes whose URLs name a folder or nothing, and so no secret. */
const shownWhole: ReadonlySet<string> = new Set(["", "file", "memory", "embedded"])

/** How the URL may appear in a message. */
export const shownUrl = ({ scheme, text }: StoreUrl): string => {
  const url = Redacted.value(text)
  return shownWhole.has(scheme) && !/[@?]/.test(url)
    ? quoted(url)
    : `a URL of ${scheme === "" ? "no scheme" : `scheme ${scheme}:`} (not repeated, as it may hold a password)`
}
