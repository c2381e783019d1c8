/**
 * Names the setting in whatever goes wrong while a store or an index is opened from it, so that the operator sees what
 * to change. An adapter that dies is reported like one that refuses: what it was given is the likely reason.
 */
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import { StoreForeign } from "@musehub/domain/port/StoreForeign"
import { Cause, type Context, Effect, Layer } from "effect"
import { OpeningFailed } from "../errors.ts"

/** An error of opening, with its kind. */
interface OpeningError {
  readonly message: string
  readonly kind: ErrorKind
  readonly cause?: unknown
}

/** These name the setting, or what to do, themselves. */
type Named = ConfigurationRefused | FormatTooNew | OpeningFailed | StoreForeign

const isNamed = (error: unknown): error is Named =>
  [ConfigurationRefused, FormatTooNew, OpeningFailed, StoreForeign].some((named) => error instanceof named)

/** Returns the error that names the setting, or itself if it does so already. */
const naming = (setting: string, cause: Cause.Cause<OpeningError>): Named => {
  const error = cause.reasons.find(Cause.isFailReason)?.error
  if (error === undefined) {
    const what = "the adapter failed while it opened this (--log-level debug shows where)"
    return new OpeningFailed({ setting, what, mayPass: false, cause: Cause.squash(cause) })
  }
  if (isNamed(error)) return error
  return new OpeningFailed({
    setting,
    what: error.message,
    mayPass: error.kind === "unavailable",
    cause: error.cause
  })
}

/** Opens what `setting` names; every failure of it, defects included, names the setting. */
export const opening = <A, E extends OpeningError, R>(
  setting: string,
  layer: Layer.Layer<A, E, R>
): Layer.Layer<A, Named, R> =>
  Layer.catchCause(layer, (cause) =>
    Layer.effectContext(
      Effect.failCause(
        Cause.hasInterruptsOnly(cause) ? (cause as Cause.Cause<never>) : Cause.fail(naming(setting, cause))
      ) as Effect.Effect<Context.Context<A>, Named>
    )
  )
