/** Requests to the object store that one call of a use case has in flight. */

/** Enough to hide the latency of a store over a network, and small enough for several calls to share a hub. */
export const storeConcurrency = 32
