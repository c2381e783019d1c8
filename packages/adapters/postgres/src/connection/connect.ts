/**
 * Finds out how a server takes connections, as libpq does for each of its own: `prefer` tries TLS first and `allow`
 * tries it last. All connections of the hub are then made the way that worked.
 */
import { PgConnection } from "@effect/sql-pg"
import { findFault, networkFaults } from "@musehub/domain/port/fault/FaultTable"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { sqlState } from "../Errors.ts"
import { type TlsRequest, tlsOptions } from "./Tls.ts"

const isSaying = ({ reason: { cause } }: SqlError, message: string) =>
  cause instanceof Error && cause.message === message

/** Says whether there was no connection at all, with TLS or without it. */
const isUnreachable = (error: SqlError): boolean => {
  const known = findFault(sqlState(error) ?? "", networkFaults)
  const isNotMade = known?.outcome === "not written" && known.remedy === "another try"
  return isNotMade || isSaying(error, "Connection timed out")
}

/** Says whether the server answered that it has no TLS, which hides why the other attempt failed. */
const isWithoutTls = (error: SqlError): boolean => isSaying(error, "The server does not support TLS")

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
