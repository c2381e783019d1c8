/** How many connections the hub holds, and how long one may stand still. */
import { Context } from "effect"

export interface ConnectionLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** The longest time in which the headers of a request must arrive. */
  readonly headersMillisMax: number
  /** The longest time in which nothing of a body arrives. */
  readonly bodyIdleMillisMax: number
  /**
   * The longest time in which a client takes nothing of an answer. A reader of 10 KiB/s takes something every 40
   * seconds: the kernel of a client reports free space in steps of a sixteenth of its buffer, which may have 6 MiB.
   */
  readonly answerIdleMillisMax: number
}

export const CurrentConnectionLimits = Context.Reference<ConnectionLimits>(
  "@musehub/http/limits/CurrentConnectionLimits",
  {
    defaultValue: () => ({
      connectionsMax: 4096,
      connectionsPerAddressMax: 256,
      headersMillisMax: 10_000,
      bodyIdleMillisMax: 30_000,
      answerIdleMillisMax: 120_000
    })
  }
)
