/**
 * The faults of one request. What is known of a write and what helps is in the domain's table (`port/fault`); `kind`
 * names the answers that the adapter acts on itself. The SDK's own errors contain the signed request, so only the
 * fields that are safe to show are copied.
 */
import { cut } from "@musehub/domain/base/text/cut"
import {
  findFault,
  type KnownFault,
  networkFaults,
  statusFaults,
  storeFaults,
  unknownFault
} from "@musehub/domain/port/fault/FaultTable"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { reasonOfFault } from "@musehub/domain/port/UnavailableReason"
import { Data } from "effect"

/**
 * - `missing`: the key does not exist (a missing bucket is `other`)
 * - `notModified`: still in the state that the reader named
 * - `outside`: the object does not have the requested range
 * - `precondition`: If-Match or If-None-Match did not hold
 * - `conflict`: another write to the same key was under way
 * - `unsupported`: the service does not implement a header of the request
 * - `digest`: the bytes that arrived do not match the promised checksum
 * - `cancelled`: Ceph RGW's answer to a lost race, which guarantees nothing
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
  | "other"

/** The failure of one request. Contains no header, no signature and no credential. */
export class S3Fault
  extends Data.TaggedError("S3Fault")<{
    readonly kind: FaultKind
    readonly outcome: KnownFault["outcome"]
    readonly remedy: KnownFault["remedy"]
    /** The service's or the network's name for the failure. */
    readonly code: string
    readonly status: number | undefined
    readonly requestId: string | undefined
    readonly message: string
  }>
  implements KnownFault {}

const own = (known: KnownFault, code: string, message: string, kind: FaultKind): S3Fault =>
  new S3Fault({ ...known, kind, code, status: undefined, requestId: undefined, message })

/** Makes a fault that this adapter found itself, and that may pass. A write may have been applied. */
export const passing = (code: string, message: string, kind: FaultKind = "other"): S3Fault =>
  own({ outcome: "in doubt", remedy: "another try" }, code, message, kind)

/** Makes a fault that this adapter found itself, and that a retry does not cure. */
export const permanent = (code: string, message: string, kind: FaultKind = "other"): S3Fault =>
  own(unknownFault, code, message, kind)

const kindOfCode = new Map<string, FaultKind>([
  ["NoSuchKey", "missing"],
  ["NoSuchUpload", "missing"],
  ["NoSuchBucket", "other"],
  ["NotModified", "notModified"],
  ["InvalidRange", "outside"],
  ["PreconditionFailed", "precondition"],
  ["ConditionalRequestConflict", "conflict"],
  ["OperationAborted", "conflict"],
  ["NotImplemented", "unsupported"],
  ["BadDigest", "digest"],
  ["InvalidDigest", "digest"],
  ["XAmzContentSHA256Mismatch", "digest"],
  ["XAmzContentChecksumMismatch", "digest"]
])

const kindOfStatus = new Map<number, FaultKind>([
  [304, "notModified"],
  [404, "missing"],
  [409, "conflict"],
  [412, "precondition"],
  [416, "outside"],
  [501, "unsupported"]
])

const kindOf = (code: string, status: number | undefined): FaultKind => {
  // Ceph RGW has no code for "another write came first" in a conditional replace and answers 500 with this one.
  if (status === 500 && code === "UnknownError") return "cancelled"
  return kindOfCode.get(code) ?? (status === undefined ? undefined : kindOfStatus.get(status)) ?? "other"
}

/** Looks a failure up by the name that the service or the network gives it, else by its status. */
const knownAs = (code: string, status: number | undefined): KnownFault =>
  findFault(code, storeFaults, networkFaults) ??
  (status === undefined ? undefined : findFault(`${status}`, statusFaults)) ??
  unknownFault

const messageLengthMax = 300

/** Makes a fault from an error of the SDK. */
export const faultOf = (error: unknown): S3Fault => {
  if (error instanceof S3Fault) return error
  const name = text(error, "name") ?? "Error"
  // A network error is named `Error` and has its code in `code`; an answer of the service has it in `name`.
  const code = name === "Error" || name === "TypeError" ? (text(error, "code") ?? name) : name
  const metadata = field(error, "$metadata")
  const answered = field(metadata, "httpStatusCode")
  const status = typeof answered === "number" ? answered : undefined
  const said = text(error, "message") ?? ""
  const aboutCode = sentence.get(code)
  return new S3Fault({
    ...knownAs(code, status),
    kind: kindOf(code, status),
    code,
    status,
    requestId: text(metadata, "requestId"),
    message: cut(
      [code, aboutCode ?? (said === "UnknownError" ? "" : advised(withoutSecrets(said)))]
        .filter((part) => part !== "")
        .join(": "),
      messageLengthMax
    )
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
  ["ExpiredToken", "the credentials have expired"],
  ["RequestTimeTooSkewed", "the clock of this machine and the store's are too far apart"],
  ["PermanentRedirect", "the bucket is in another region; set region="],
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

/** Says whether the answer names a code that the table has. An answer to HEAD has no body that could. */
export const isNamed = ({ code }: S3Fault): boolean => findFault(code, storeFaults) !== undefined

/** Says whether the same request may succeed if sent again as it is. A lost race is for the caller to decide. */
export const isRetryable = ({ kind, remedy }: S3Fault): boolean =>
  remedy === "another try" && kind !== "conflict" && kind !== "precondition"

/** The permission that each operation needs. */
const permissionOf = new Map<string, string>([
  ["open", "s3:ListBucket"],
  ["list", "s3:ListBucket"],
  ["read", "s3:GetObject, and s3:ListBucket, without which a key that does not exist is refused too"],
  ["get", "s3:GetObject"],
  ["stream", "s3:GetObject"],
  ["head", "s3:GetObject, and s3:ListBucket, without which a key that does not exist is refused too"],
  ["put", "s3:PutObject"],
  ["write", "s3:PutObject"],
  ["delete", "s3:DeleteObject"]
])

/** Names the permission that a refusal is about. */
const withPermission = (operation: string, found: S3Fault): S3Fault => {
  const permission = permissionOf.get(operation)
  const isAboutRights = found.code === "AccessDenied" || (found.status === 403 && !isNamed(found))
  if (permission === undefined || !isAboutRights) return found
  return new S3Fault({ ...found, message: `${found.message}; grant ${permission}` })
}

/** Maps the fault to the port's error. */
export const unavailable =
  (operation: string, key: string) =>
  (found: S3Fault): StoreUnavailable =>
    new StoreUnavailable({ operation, key, reason: reasonOfFault(found, withPermission(operation, found)) })
