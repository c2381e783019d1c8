/** The time as the hub writes it down. */
import { Clock, Effect } from "effect"
import { committedAtOf } from "./Timestamp.ts"

/** ISO 8601, UTC, milliseconds: for everything but commits. */
export const nowIso = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())

/** As commits spell it: UTC with six digits (docs/wire.md, section 1). */
export const nowCommittedAt = Effect.map(Clock.currentTimeMillis, committedAtOf)
