/** The current time in the hub's two spellings. */
import { Clock, Effect } from "effect"
import { committedAtOf } from "./Timestamp.ts"

/** Reads the current time as ISO 8601 in UTC with milliseconds, for everything but commits. */
export const nowIso = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())

/** Reads the current time as commits spell it: UTC with six fraction digits (docs/wire.md, section 1). */
export const nowCommittedAt = Effect.map(Clock.currentTimeMillis, committedAtOf)
