import { Duration, Option } from "effect"

/** The form of a time, for messages. */
export const acceptedTime = "a time such as 2 seconds or 10 minutes"

/** Parses a time with its unit. A number without a unit is refused, since its meaning would be a guess. */
export const parseTime = (text: string): Option.Option<Duration.Duration> =>
  /^[0-9]{1,5} (second|minute|hour)s?$/.test(text) ? Duration.fromInput(text as Duration.Input) : Option.none()
