/**
 * The faults of the services behind the ports, in one table: what is known of a write that ends so, and what helps. An
 * adapter looks up the code that its driver gives. A fault that no row names is in doubt and waits for an operator.
 */

/** `not written` is certain. After `in doubt` the write may have taken effect, or may still do so. */
export type Outcome = "not written" | "in doubt"

/**
 * - `another try`: the same call may succeed later
 * - `new credentials`: the same call may succeed with credentials that are read again
 * - `new connection`: the same call may succeed on another connection; this one is closed
 * - `operator`: the same call fails until an operator changes something
 */
export type Remedy = "another try" | "new credentials" | "new connection" | "operator"

/** A code, or the beginning of codes followed by `*`; what is known of a write; what helps. */
export type FaultRow = readonly [code: string, outcome: Outcome, remedy: Remedy]

export type FaultTable = ReadonlyArray<FaultRow>

/** Errors of Node before and on a connection, by their `code`. */
export const networkFaults: FaultTable = [
  ["ECONNREFUSED", "not written", "another try"],
  ["EHOSTUNREACH", "not written", "another try"],
  ["ENETUNREACH", "not written", "another try"],
  ["EAI_AGAIN", "not written", "another try"],
  ["ENOTFOUND", "not written", "another try"],
  ["ECONNRESET", "in doubt", "another try"],
  ["ECONNABORTED", "in doubt", "another try"],
  ["EPIPE", "in doubt", "another try"],
  ["ETIMEDOUT", "in doubt", "another try"],
  ["TimeoutError", "in doubt", "another try"],
  // The parser of HTTP: the answer is no answer.
  ["HPE_*", "in doubt", "another try"],
  ["EPROTO", "in doubt", "operator"],
  ["CERT_*", "not written", "operator"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "not written", "operator"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "not written", "operator"],
  ["UNABLE_TO_*", "not written", "operator"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "not written", "operator"],
  ["ERR_INVALID_URL", "not written", "operator"]
]

/** Errors of S3, by their code. */
export const storeFaults: FaultTable = [
  ["SlowDown*", "not written", "another try"],
  ["Throttling*", "not written", "another try"],
  ["TooManyRequests", "not written", "another try"],
  ["RequestTimeout", "in doubt", "another try"],
  ["InternalError", "in doubt", "another try"],
  ["ServiceUnavailable", "in doubt", "another try"],
  // The next request is signed with the service's clock.
  ["RequestTimeTooSkewed", "not written", "another try"],
  ["BadDigest", "not written", "another try"],
  ["InvalidDigest", "not written", "another try"],
  ["XAmzContentSHA256Mismatch", "not written", "another try"],
  ["XAmzContentChecksumMismatch", "not written", "another try"],
  // Another write to the same key is under way, so which of the two is stored is open.
  ["ConditionalRequestConflict", "in doubt", "another try"],
  ["OperationAborted", "in doubt", "another try"],
  // The condition may have been met by an earlier try whose answer was lost.
  ["PreconditionFailed", "in doubt", "another try"],
  ["QuotaExceeded", "not written", "another try"],
  ["CredentialsProviderError", "not written", "new credentials"],
  ["ExpiredToken*", "not written", "new credentials"],
  ["InvalidAccessKeyId", "not written", "new credentials"],
  ["InvalidClientTokenId", "not written", "new credentials"],
  ["InvalidToken", "not written", "new credentials"],
  ["SignatureDoesNotMatch", "not written", "new credentials"],
  ["TokenRefreshRequired", "not written", "new credentials"],
  ["UnrecognizedClientException", "not written", "new credentials"],
  ["AccessDenied", "not written", "operator"],
  ["AuthorizationHeaderMalformed", "not written", "operator"],
  ["NoSuchBucket", "not written", "operator"],
  ["NotImplemented", "not written", "operator"],
  ["PermanentRedirect", "not written", "operator"]
]

/** Statuses of HTTP, for answers without a known code; an answer to HEAD has no body that could name one. */
export const statusFaults: FaultTable = [
  ["3*", "not written", "operator"],
  ["401", "not written", "new credentials"],
  ["403", "not written", "new credentials"],
  ["408", "in doubt", "another try"],
  ["409", "in doubt", "another try"],
  ["412", "in doubt", "another try"],
  ["429", "not written", "another try"],
  ["4*", "not written", "operator"],
  ["501", "not written", "operator"],
  ["5*", "in doubt", "another try"]
]

/** Errors of Postgres, by their SQLSTATE. */
export const indexFaults: FaultTable = [
  ["08*", "in doubt", "new connection"],
  // A server that is read-only may be a replica by now: another connection may reach the primary.
  ["25006", "not written", "new connection"],
  ["40*", "not written", "another try"],
  ["53*", "not written", "another try"],
  ["57P0*", "in doubt", "new connection"]
]

/** A fault as its row says it. */
export interface KnownFault {
  readonly outcome: Outcome
  readonly remedy: Remedy
}

const fits = (pattern: string, code: string): boolean =>
  pattern.endsWith("*") ? code.startsWith(pattern.slice(0, -1)) : code === pattern

/** Finds the row of a code in the tables. The first one that fits counts, so exact codes stand before beginnings. */
export const findFault = (code: string, ...tables: ReadonlyArray<FaultTable>): KnownFault | undefined => {
  const row = tables.flat().find(([pattern]) => fits(pattern, code))
  return row === undefined ? undefined : { outcome: row[1], remedy: row[2] }
}

/** The fault that no row names. */
export const unknownFault: KnownFault = { outcome: "in doubt", remedy: "operator" }
