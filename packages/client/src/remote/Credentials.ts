/**
 * What a hub is told about the caller: a given token, or the one that the `muse` client keeps in its `identity.toml`,
 * which has a table for each host. A token is looked up by the host that it is sent to, and by nothing else.
 */
import { Effect, Option, Redacted, Schema } from "effect"
import { open } from "node:fs/promises"
import { parse, TomlError } from "smol-toml"
import { IdentityUnfit } from "../errors.ts"
import { attempt, unlessAbsent } from "../layout/Files.ts"
import { address } from "./address.ts"

export interface Credentials {
  /** Sent to the hub alone, and never written to disk. */
  readonly token?: Redacted.Redacted | undefined
  /** The path of an `identity.toml`, which is read if no token is given; it may be absent. */
  readonly identityFile?: string | undefined
}

/** The permissions of everybody but the owner. */
const othersMode = 0o077

const tokenOf = Schema.decodeUnknownOption(Schema.Struct({ token: Schema.String }))

/** Reads a file together with its permissions; undefined if there is none. */
const read = (path: string) =>
  attempt("read", path, () =>
    unlessAbsent(undefined, async () => {
      const file = await open(path, "r")
      try {
        const { mode } = await file.stat()
        return { mode, text: await file.readFile("utf8") }
      } finally {
        await file.close()
      }
    })
  )

/** Parses the file. The parser's own message quotes the faulty line, which may hold a token, so it is not repeated. */
const tablesOf = (path: string, text: string) =>
  Effect.try({
    try: () => parse(text),
    catch: (cause) => {
      const where = cause instanceof TomlError ? ` (line ${cause.line}, column ${cause.column})` : ""
      return new IdentityUnfit({ path, reason: `is not TOML${where}; mend it, or log in again with muse` })
    }
  })

/** Returns the names under which the `muse` client may keep the token for a URL: its host and port, in lower case. */
const namesOf = (url: string): ReadonlyArray<string> => {
  const { host, hostname, port, protocol } = new URL(url)
  return port === "" ? [host, `${hostname}:${protocol === "https:" ? 443 : 80}`] : [host]
}

/** Reads the token that a file holds for the host of a URL. */
const keptToken = Effect.fnUntraced(function* (path: string, url: string) {
  const file = yield* read(path)
  if (file === undefined) return undefined
  if ((file.mode & othersMode) !== 0) {
    const reason = "holds tokens and is open to other users; close it (chmod 600), or give a token yourself"
    return yield* new IdentityUnfit({ path, reason })
  }
  const tables = yield* tablesOf(path, file.text)
  const tokens = namesOf(url).flatMap((name) => Option.toArray(tokenOf(tables[name])).map(({ token }) => token.trim()))
  const token = tokens.find((text) => text !== "")
  return token === undefined ? undefined : Redacted.make(token)
})

/** Checks the address of a repository, and adds the token for its host. */
export const authorized = Effect.fnUntraced(function* (url: string, { token, identityFile }: Credentials) {
  const given = yield* Effect.fromResult(address(url, token))
  if (token !== undefined || identityFile === undefined) return given
  return yield* Effect.fromResult(address(given.url, yield* keptToken(identityFile, given.url)))
})
