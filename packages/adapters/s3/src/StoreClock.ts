/**
 * The difference between the clock of this machine and the store's, which the SDK learns from the `Date` of each answer
 * and by which it signs. A store refuses a request whose time is more than minutes off.
 */
import type { S3Client } from "@aws-sdk/client-s3"
import { Effect } from "effect"

/** The least change of the difference that is said, and that is worth another try. */
const noticedMillis = 60_000

/** Returns how far the store's clock is ahead, in milliseconds; negative if it is behind. */
export const clockOffsetMillis = (client: S3Client): number => client.config.systemClockOffset

/** Says that the clocks differ. */
const sentence = (offsetMillis: number): string => {
  const minutes = Math.round(Math.abs(offsetMillis) / 60_000)
  const side = offsetMillis > 0 ? "behind" : "ahead of"
  return `the clock is ${minutes} ${minutes === 1 ? "minute" : "minutes"} ${side} the store's`
}

/** Watches the clock of a client. */
export const watchClock = (client: S3Client) => {
  let said = 0
  return {
    /** Logs a difference of at least a minute once, and again when it has changed by a minute. */
    notice: Effect.suspend(() => {
      const offset = clockOffsetMillis(client)
      if (Math.abs(offset - said) < noticedMillis) return Effect.void
      said = offset
      return Math.abs(offset) < noticedMillis
        ? Effect.logInfo("the clock agrees with the store's again")
        : Effect.logWarning(`${sentence(offset)}; requests are signed with the store's time, but the clock must be set`)
    }),
    /** Returns whether a request that was signed with this difference was signed with a wrong time. */
    wasWrong: (offset: number): boolean => Math.abs(clockOffsetMillis(client) - offset) >= noticedMillis
  }
}
