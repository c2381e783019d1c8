/**
 * Finds out how a server takes connections, as libpq does for each of its own: `prefer` tries TLS first and `allow`
 * tries it last. All connections of the hub are then made the way that worked.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type TlsRequest, tlsOptions } from "./Tls.ts"

/** Causes that are the same with TLS and without it. */
const isUnreachable = ({ reason: { cause } }: SqlError): boolean =>
  cause instanceof Error &&
  (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENOENT|EACCES)$/.test(
    "code" in cause ? String(cause.code) : ""
  ) ||
    "errors" in cause ||
    cause.message === "Connection timed out")

/** Says whether the server answered that it has no TLS, which hides why the other attempt failed. */
const isWithoutTls = ({ reason: { cause } }: SqlError): boolean =>
  cause instanceof Error && cause.message === "The server does not support TLS"

const tried = (config: PgConnection.Config) => Effect.as(Effect.scoped(PgConnection.make(config)), config)

/** Returns the configuration that the server takes. */
export const connect = Effect.fnUntraced(function* (config: PgConnection.Config, request: TlsRequest) {
  const plain: PgConnection.Config = { ...config, ssl: false }
  // A socket of the same machine has no TLS, whatever the mode.
  if (request.mode === "disable" || config.host?.startsWith("/") === true) return yield* tried(plain)
  const encrypted: PgConnection.Config = { ...config, ssl: yield* tlsOptions(request) }
  if (request.mode !== "allow" && request.mode !== "prefer") return yield* tried(encrypted)
  const [first, second] = request.mode === "allow" ? [plain, encrypted] : [encrypted, plain]
  return yield* Effect.catch(tried(first), (one) =>
    isUnreachable(one)
      ? Effect.fail(one)
      : Effect.mapError(tried(second), (other) => {
          const [ofTls, ofPlain] = request.mode === "allow" ? [other, one] : [one, other]
          return isWithoutTls(ofTls) ? ofPlain : ofTls
        })
  )
})
