/** How long sessions go on. */
import type { Session } from "../../../hub/SignIns.ts"

const dayMillis = 24 * 60 * 60 * 1000
/** A session ends so many days after it began, however much it is used. */
const sessionDays = 30
/** A session ends once it was not used on so many days in a row. */
const idleDays = 7

/** How long a session goes on. */
export const sessionMillis = sessionDays * dayMillis

/** The most sessions of a user. */
export const sessionsMax = 20

/** Returns the day of a time, in UTC. */
export const dayOf = (millis: number): string => new Date(millis).toISOString().slice(0, 10)

/** Returns whether a session goes on at a time in milliseconds since 1970. That of its token is looked at apart. */
export const isSessionLive = ({ expiresAt, lastUsedOn }: Session, nowMillis: number): boolean =>
  Date.parse(expiresAt) > nowMillis && Date.parse(lastUsedOn) + (idleDays + 1) * dayMillis > nowMillis
