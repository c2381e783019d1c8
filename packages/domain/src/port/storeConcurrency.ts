/** Requests to the object store that one call of a use case has in flight. */

/** Enough to hide the latency of a store over a network, and small enough for several calls to share a hub. */
export const storeConcurrency = 32

/** A push mostly puts objects, so it uses all that adapters admit by default. */
export const pushConcurrency = 64
