/**
 * Failures of the file system as the port's errors: what was attempted, on which key, and whether trying again can
 * help.
 */
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Effect } from "effect"
import { codeOf } from "./system.ts"

/**
 * What only an operator can mend: rights, a folder of the wrong kind, a failing disk. Everything else may pass: space
 * is freed, descriptors are closed, a network file system comes back.
 */
const permanent = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "EINVAL",
  "EXDEV",
  "EMLINK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EIO"
])

export const unavailable =
  (operation: string, key: string) =>
  (cause: unknown): StoreUnavailable => {
    const code = codeOf(cause)
    return new StoreUnavailable({ operation, key, retryable: code === undefined || !permanent.has(code), cause })
  }

/**
 * Runs calls to the file system to their end. Not interruptible: a call that goes on after its fiber is gone would meet
 * a closed descriptor, or leave a file that nobody removes.
 */
export const attempt = <A>(operation: string, key: string, run: () => Promise<A>): Effect.Effect<A, StoreUnavailable> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: unavailable(operation, key) }))
