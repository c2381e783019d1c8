/**
 * The URL of a store or an index. Its scheme chooses the adapter; the adapter defines the rest, which may contain a
 * password, so the URL is redacted as soon as it is read.
 */
import { Redacted } from "effect"
import { quoted } from "./Setting.ts"

export interface StoreUrl {
  /** The part before the colon; empty if there is none. */
  readonly scheme: string
  readonly text: Redacted.Redacted
}

const schemePattern = /^([a-z][a-z0-9+.-]*):/

/** Accepts any text: the scheme is checked once the adapters are known. */
export const storeUrl = (text: string): StoreUrl => ({
  scheme: schemePattern.exec(text)?.[1] ?? "",
  text: Redacted.make(text)
})

/** Schemes whose URLs name a folder or nothing, and so contain no secret. */
const shownWhole: ReadonlySet<string> = new Set(["", "file", "memory", "embedded"])

/** Formats the URL for a message, without secrets. */
export const shownUrl = ({ scheme, text }: StoreUrl): string => {
  const url = Redacted.value(text)
  return shownWhole.has(scheme) && !/[@?]/.test(url)
    ? quoted(url)
    : `a URL of ${scheme === "" ? "no scheme" : `scheme ${scheme}:`} (not repeated, as it may contain a password)`
}
