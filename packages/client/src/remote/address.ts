/** Checks the address of a repository on a hub, and whether a token may be sent there. */
import { Redacted, Result } from "effect"
import { AddressRefused } from "../errors.ts"

export interface Address {
  /** Without a trailing slash. */
  readonly url: string
  readonly token: Redacted.Redacted | undefined
}

/**
 * The only hosts that get a token without TLS, since the connection stays on this machine (docs/wire.md, section 3).
 */
const localHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

/** The characters that a header can carry; with others, the token would appear in an error of the HTTP library. */
const tokenText = /^[\x21-\x7e]{1,4096}$/

/** Checks the URL of a repository, `https://hub/owner/slug`, and that the token would not be sent unencrypted. */
export const address = (text: string, token: Redacted.Redacted | undefined): Result.Result<Address, AddressRefused> => {
  const parsed = URL.parse(text)
  if (parsed === null) return refuse(text, "is not a URL; a repository is at https://hub/owner/name")
  // The text itself may contain a password from here on, so messages do not repeat it.
  const shown = `${parsed.protocol}//${parsed.host}${parsed.pathname}`
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return refuse(shown, "is neither https nor http")
  if (parsed.username !== "" || parsed.password !== "") {
    return refuse(shown, "was given with a user or password, which would be written to disk; use a token")
  }
  if (parsed.search !== "" || parsed.hash !== "") return refuse(shown, "was given with a query or a fragment")
  if (parsed.protocol === "http:" && token !== undefined && !localHosts.has(parsed.hostname)) {
    return refuse(shown, "is not encrypted, so the token is not sent there; use https")
  }
  if (token !== undefined && !tokenText.test(Redacted.value(token))) {
    return refuse(shown, "cannot be sent the token: it is empty, too long, or holds white space or special characters")
  }
  return Result.succeed({ url: shown.replace(/\/+$/, ""), token })
}

const refuse = (url: string, reason: string) => Result.fail(new AddressRefused({ url, reason }))
