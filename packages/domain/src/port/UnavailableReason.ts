/**
 * Why a service behind a port failed, as its adapter sees it. Each reason keeps the driver's own error as its cause and
 * says whether the same call may succeed later, and whether it is certain that a write did not take effect.
 */
import { Effect, Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { KnownFault } from "./fault/FaultTable.ts"

const fields = {
  cause: Schema.Defect(),
  /** Whether it is certain that nothing was written. If not, a write may have taken effect. */
  notWritten: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))
}

/** The service could not be reached, did not answer in time, or answered with a fault of its own. */
export class Fault extends Schema.TaggedError<Fault>()("Fault", { kind: errorKind("unavailable"), ...fields }) {
  override get message() {
    return "a fault that may pass"
  }
  get isRetryable() {
    return true
  }
}

/** The service refuses the request as configured: credentials, rights, a missing bucket, an unknown request. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { kind: errorKind("out of order"), ...fields }) {
  override get message() {
    return "refused until an operator changes something"
  }
  get isRetryable() {
    return false
  }
}

/** The service's data cannot be read as it was written: a failing disk, or rows of another program. */
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", { kind: errorKind("out of order"), ...fields }) {
  override get message() {
    return "what is held there is damaged"
  }
  get isRetryable() {
    return false
  }
}

/** What the hub had set up in the service is gone, such as its tables. It is set up again. */
export class Emptied extends Schema.TaggedError<Emptied>()("Emptied", { kind: errorKind("unavailable"), ...fields }) {
  override get message() {
    return "what was set up there is gone"
  }
  get isRetryable() {
    return true
  }
}

/** The service can be read and takes no writes: it is full, or was made read-only. */
export class ReadOnly extends Schema.TaggedError<ReadOnly>()("ReadOnly", {
  kind: errorKind("unavailable"),
  ...fields
}) {
  override get message() {
    return "it cannot be written"
  }
  get isRetryable() {
    return true
  }
}

/** Returns the text for clients about a failed service, without keys and without the driver's message. */
export const publicSentence = (service: string, { _tag, isRetryable }: UnavailableReason): string =>
  _tag === "ReadOnly"
    ? `${service} cannot be written at the moment, and reading goes on; try again later, or tell the hub's operator`
    : isRetryable
      ? `${service} does not answer as it should; try again in a few seconds`
      : `${service} cannot be used until the hub's operator has looked after it`

export const UnavailableReason = Schema.Union([Fault, Refused, Damaged, Emptied, ReadOnly])
export type UnavailableReason = typeof UnavailableReason.Type

/** Returns the reason that the table of faults gives for a failure of the driver. */
export const reasonOfFault = ({ outcome, remedy }: KnownFault, cause: unknown): UnavailableReason => {
  const notWritten = outcome === "not written"
  return remedy === "another try" || remedy === "new connection"
    ? new Fault({ cause, notWritten })
    : new Refused({ cause, notWritten })
}
