/** Maps failures of the file system to the port's errors: the operation, the key and the reason. */
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Damaged, Fault, ReadOnly, Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect } from "effect"
import { codeOf } from "./system.ts"

/** Failures that need an operator: permissions, a folder of the wrong kind, a file system that lacks a feature. */
const refused = new Set([
  "EACCES",
  "EPERM",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "EINVAL",
  "EXDEV",
  "EMLINK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP"
])

/** The file system is full, or mounted for reading. */
const readOnly = new Set(["EROFS", "ENOSPC", "EDQUOT"])

/** Any other failure may pass: space is freed, descriptors are closed, a network file system comes back. */
const reasonOf = (cause: unknown) => {
  const code = codeOf(cause)
  if (code !== undefined && readOnly.has(code)) return new ReadOnly({ cause })
  if (code === "EIO") return new Damaged({ cause })
  return code !== undefined && refused.has(code) ? new Refused({ cause }) : new Fault({ cause })
}

export const unavailable =
  (operation: string, key: string) =>
  (cause: unknown): StoreUnavailable =>
    new StoreUnavailable({ operation, key, reason: reasonOf(cause) })

/**
 * Runs calls to the file system. Not interruptible: a call that outlived its fiber would use a closed descriptor, or
 * leave a file that nothing removes.
 */
export const attempt = <A>(operation: string, key: string, run: () => Promise<A>): Effect.Effect<A, StoreUnavailable> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: unavailable(operation, key) }))
