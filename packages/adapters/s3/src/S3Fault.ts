/**
 * The faults of one request, sorted in one table by what the caller can do about them. The SDK's own errors contain the
 * signed request, so only the fields that are safe to show are copied.
 */
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { Data } from "effect"

/**
 * - `missing`: the key does not exist (a missing bucket is `refused`)
 * - `notModified`: still in the state that the reader named
 * - `outside`: the object does not have the requested range
 * - `precondition`: If-Match or If-None-Match did not hold; nothing was written
 * - `conflict`: another write to the same key was under way; nothing was written
 * - `unsupported`: the service does not implement a header of the request
 * - `digest`: the bytes that arrived do not match the promised checksum; nothing was written
 * - `cancelled`: Ceph RGW's answer to a lost race, which guarantees nothing
 * - `transient`: the same request may succeed later; a write may have been applied
 * - `refused`: a retry does not help
 */
export type FaultKind =
  | "missing"
  | "notModified"
  | "outside"
  | "precondition"
  | "conflict"
  | "unsupported"
  | "digest"
  | "cancelled"
  | "transient"
  | "refused"

/** The failure of one request. Contains no header, no signature and no credential. */
export class S3Fault extends Data.TaggedError("S3Fault")<{
  readonly kind: FaultKind
  /** The service's or the network's name for the failure. */
  readonly code: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly message: string
}> {}

/** Creates a fault that this adapter found itself. */
export const fault = (kind: FaultKind, code: string, message: string): S3Fault =>
  new S3Fault({ kind, code, status: undefined, requestId: undefined, message })

const kindOfCode = new Map<string, FaultKind>([
  ["NoSuchKey", "missing"],
  ["NoSuchUpload", "missing"],
  ["NoSuchBucket", "refused"],
  ["NotModified", "notModified"],
  ["InvalidRange", "outside"],
  ["PreconditionFailed", "precondition"],
  ["ConditionalRequestConflict", "conflict"],
  ["OperationAborted", "conflict"],
  ["NotImplemented", "unsupported"],
  ["BadDigest", "digest"],
  ["InvalidDigest", "digest"],
  ["XAmzContentSHA256Mismatch", "digest"],
  ["XAmzContentChecksumMismatch", "digest"],
  ["SlowDown", "transient"],
  ["SlowDownRead", "transient"],
  ["SlowDownWrite", "transient"],
  ["Throttling", "transient"],
  ["ThrottlingException", "transient"],
  ["TooManyRequests", "transient"],
  ["RequestTimeout", "transient"],
  // The SDK adopts the service's clock from this answer, so the next attempt is signed with the right time.
  ["RequestTimeTooSkewed", "transient"],
  ["TimeoutError", "transient"],
  ["ECONNRESET", "transient"],
  ["ECONNREFUSED", "transient"],
  ["ECONNABORTED", "transient"],
  ["EPIPE", "transient"],
  ["ETIMEDOUT", "transient"],
  ["EHOSTUNREACH", "transient"],
  ["ENETUNREACH", "transient"],
  ["EAI_AGAIN", "transient"],
  ["ENOTFOUND", "transient"]
])

const kindOfStatus = new Map<number, FaultKind>([
  [304, "notModified"],
  [404, "missing"],
  [408, "transient"],
  [409, "conflict"],
  [412, "precondition"],
  [416, "outside"],
  [429, "transient"],
  [501, "unsupported"]
])

const kindOf = (code: string, status: number | undefined): FaultKind => {
  // Ceph RGW has no code for "another write came first" in a conditional replace and answers 500 with this one.
  if (status === 500 && code === "UnknownError") return "cancelled"
  const known = kindOfCode.get(code) ?? (status === undefined ? undefined : kindOfStatus.get(status))
  if (known !== undefined) return known
  return code.startsWith("HPE_") || (status !== undefined && status >= 500) ? "transient" : "refused"
}

const messageLengthMax = 300

/** Makes a fault from an error of the SDK. */
export const faultOf = (error: unknown): S3Fault => {
  if (error instanceof S3Fault) return error
  const name = text(error, "name") ?? "Error"
  // A network error is named `Error` and has its code in `code`; an answer of the service has it in `name`.
  const code = name === "Error" || name === "TypeError" ? (text(error, "code") ?? name) : name
  const metadata = field(error, "$metadata")
  const status = field(metadata, "httpStatusCode")
  const said = text(error, "message") ?? ""
  const aboutCode = sentence.get(code)
  return new S3Fault({
    kind: kindOf(code, typeof status === "number" ? status : undefined),
    code,
    status: typeof status === "number" ? status : undefined,
    requestId: text(metadata, "requestId"),
    message: [code, aboutCode ?? (said === "UnknownError" ? "" : advised(withoutSecrets(said)))]
      .filter((part) => part !== "")
      .join(": ")
      .slice(0, messageLengthMax)
  })
}

const sentence = new Map<string, string>([
  ["NoSuchBucket", "the bucket does not exist; it must be created first"],
  ["AccessDenied", "these credentials may not do this in this bucket"],
  ["InvalidAccessKeyId", "the service does not know this access key"],
  ["SignatureDoesNotMatch", "the secret key does not fit the access key, or a proxy changed the request"],
  [
    "CredentialsProviderError",
    "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that has them"
  ],
  ["EPROTO", "the endpoint speaks no TLS here; it may need http:// or another port"],
  ["ERR_INVALID_URL", "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL"]
])

/** What to do about a message of the SDK that does not say it. */
const advice: ReadonlyArray<readonly [message: RegExp, todo: string]> = [
  [/^Region /, "set region= in the URL, or AWS_REGION"],
  [/certificate/i, "name the authority that signed it in NODE_EXTRA_CA_CERTS"]
]

const advised = (said: string): string => {
  const [, todo] = advice.find(([message]) => message.test(said)) ?? []
  return todo === undefined ? said : `${said}; ${todo}`
}

/** Removes the parts of a signed request that a service may quote in its answer. */
const withoutSecrets = (message: string): string =>
  message.replace(/(Credential|Signature|AWSAccessKeyId|Security-Token)(\s*[=:]\s*)[^\s,&<]+/gi, "$1$2…")

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined

const text = (value: unknown, name: string): string | undefined => {
  const found = field(value, name)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** Says whether the same request may succeed if sent again. */
export const isRetryable = (fault: S3Fault): boolean =>
  fault.kind === "transient" || fault.kind === "digest" || fault.kind === "cancelled"

/** Maps the fault to the port's error. */
export const unavailable =
  (operation: string, key: string) =>
  (fault: S3Fault): StoreUnavailable => {
    const mayPass = isRetryable(fault) || fault.kind === "conflict" || fault.kind === "precondition"
    const reason = mayPass ? new Fault({ cause: fault }) : new Refused({ cause: fault })
    return new StoreUnavailable({ operation, key, reason })
  }
