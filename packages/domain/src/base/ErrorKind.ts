/**
 * The kind of an error, independent of any protocol. An error that may leave the domain has three things beside its
 * data: its kind, in the field `kind`; the fields that a client may see, in the static `details`; and, where its
 * message is for operators, a `publicMessage`. Http turns kinds into statuses and the CLI into exit codes, each in one
 * table.
 */
import { Schema } from "effect"

/**
 * - `malformed`: the request cannot be read
 * - `cut`: the request breaks off
 * - `late`: the request does not arrive in time
 * - `throttled`: the caller asks for more than its share
 * - `busy`: there is no room for it at the moment
 * - `limit`: more than is allowed here
 * - `unsupported`: an unsupported form or version
 * - `outside`: a range that the object does not have
 * - `unauthenticated`: the caller is unknown
 * - `forbidden`: the caller may not do this
 * - `not found`: it does not exist, or the caller may not see it
 * - `moved`: it has another name now
 * - `conflict`: it contradicts the present state, or another writer was faster
 * - `refused`: it can be read, but makes no sense or breaks a rule
 * - `misconfigured`: a setting or an argument of the operator is wrong
 * - `unavailable`: a service does not answer; retrying may help
 * - `out of order`: a service cannot be used until an operator changes something
 * - `damaged`: the stored bytes are not the written ones
 */
export type ErrorKind =
  | "malformed"
  | "cut"
  | "late"
  | "throttled"
  | "busy"
  | "limit"
  | "unsupported"
  | "outside"
  | "unauthenticated"
  | "forbidden"
  | "not found"
  | "moved"
  | "conflict"
  | "refused"
  | "misconfigured"
  | "unavailable"
  | "out of order"
  | "damaged"

/** Declares the field `kind` of an error; the constructor fills it in. */
export const errorKind = <const K extends ErrorKind>(kind: K) => Schema.tag(kind)
