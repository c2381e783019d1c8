/** Random UUIDs for repositories and nonces; a reference, so that a test can make them predictable. */
import { Context } from "effect"
import { randomUUID } from "node:crypto"

export const RandomId = Context.Reference<() => string>("@musehub/domain/port/RandomId", {
  defaultValue: () => randomUUID
})
