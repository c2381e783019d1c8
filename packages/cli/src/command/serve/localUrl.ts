/** The URL of a hub on the same machine. */

/** Addresses that mean "every interface": a server can listen on them, but a client cannot connect to them. */
const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "[::]"])

/** Returns the URL for a client on the same machine, without a trailing slash. */
export const localUrl = (url: string): string => {
  const local = new URL(url)
  if (wildcards.has(local.hostname)) local.hostname = "127.0.0.1"
  return local.origin
}
