/**
 * What kind of failure an error is, in the words of no protocol. An error that may leave the domain says three things
 * beside its data: its kind, as the field `kind`; which of its fields a client may see, as the static `details`; and,
 * where its message is for operators, a `publicMessage`. Http turns kinds into statuses and the CLI into exit codes,
 * each in one table.
 */
import { Schema } from "effect"

/**
 * - `malformed`: what was sent cannot be read
 * - `cut`: what was sent breaks off
 * - `limit`: more than is allowed here
 * - `unsupported`: a form or a version that is not spoken here
 * - `outside`: a part that what is asked for does not have
 * - `unauthenticated`: the caller is not known
 * - `forbidden`: the caller may not do this
 * - `not found`: it is not there, or not for this caller
 * - `conflict`: it does not fit the present state, or another writer was faster
 * - `refused`: it can be read, and makes no sense or breaks a rule
 * - `misconfigured`: a setting or an argument of the operator is wrong
 * - `unavailable`: a service does not answer; trying again may help
 * - `out of order`: a service cannot be used until an operator changes something
 * - `damaged`: what is stored is not what was written
 */
export type ErrorKind =
  | "malformed"
  | "cut"
  | "limit"
  | "unsupported"
  | "outside"
  | "unauthenticated"
  | "forbidden"
  | "not found"
  | "conflict"
  | "refused"
  | "misconfigured"
  | "unavailable"
  | "out of order"
  | "damaged"

/** The field by which an error says its kind; its constructor fills it in. */
export const errorKind = <const K extends ErrorKind>(kind: K) => Schema.tag(kind)
