/** One request and its answer, as the parts of the hub that observe it need to know it. */
import { Context } from "effect"

export interface Exchange {
  /** Stands in the answer, and in every line that the hub logs while it handles the request. */
  readonly requestId: string
}

/** The exchange of the request that is handled. */
export const CurrentExchange = Context.Reference<Exchange>("@musehub/http/exchange/CurrentExchange", {
  defaultValue: () => ({ requestId: "none" })
})
