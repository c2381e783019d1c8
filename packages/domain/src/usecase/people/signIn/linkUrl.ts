/** The URL of a sign-in link. */
import { Redacted } from "effect"

/** Returns the URL that a browser opens; `base` is that of the hub, without a trailing slash. */
export const linkUrl = (base: string, code: Redacted.Redacted): string =>
  `${base}/login?${new URLSearchParams({ code: Redacted.value(code) })}`
