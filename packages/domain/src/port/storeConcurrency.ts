/** How many requests to the object store one call of a use case has in flight. */

/** Enough to hide the latency of a store over a network, and small enough that a few calls share a hub well. */
export const storeConcurrency = 32

/** A push does hardly anything but put objects, so it goes up to what adapters let through by default. */
export const pushConcurrency = 64
