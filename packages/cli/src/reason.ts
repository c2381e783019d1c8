/**
 * Extracts the reason of a failure: drivers wrap their errors, and the wrapper seldom says what the operator needs
 * ("connection refused"). Passwords in URLs are removed.
 */
import { cut } from "@musehub/domain/base/text/cut"
import { Predicate } from "effect"

const reasonLengthMax = 300
const depthMax = 8

const scrubbed = (text: string): string => text.replaceAll(/:\/\/[^\s/@]*@/g, "://***@")

const messagesOf = (cause: unknown, depth = 0): ReadonlyArray<string> => {
  if (depth === depthMax || cause === undefined || cause === null) return []
  if (typeof cause === "string") return [cause]
  const own = Predicate.hasProperty(cause, "message") && typeof cause.message === "string" ? [cause.message] : []
  // Several failed attempts to connect give an error without a message of its own.
  const parts = Predicate.hasProperty(cause, "errors") && Array.isArray(cause.errors) ? cause.errors.slice(0, 1) : []
  const inner = Predicate.hasProperty(cause, "cause") ? [cause.cause] : []
  return [...own, ...[...parts, ...inner].flatMap((part: unknown) => messagesOf(part, depth + 1))]
}

/** Returns the innermost message of a cause on one line; empty if there is none. */
export const reasonOf = (cause: unknown): string => {
  const innermost = messagesOf(cause).findLast((message) => message.trim() !== "") ?? ""
  return cut(scrubbed(innermost).replaceAll(/\s+/g, " ").trim(), reasonLengthMax)
}

/** Appends the reason to a message, if it is known and adds something. */
export const withReason = (message: string, cause: unknown): string => {
  const reason = reasonOf(cause)
  return reason === "" || message.includes(reason) ? message : `${message}: ${reason}`
}
