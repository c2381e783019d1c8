/** Makes random UUIDs for repositories and nonces. A reference, so that tests can make them predictable. */
import { Context } from "effect"
import { uuidV4Unsafe } from "effect/crypto/SecureRandom"

export const RandomId = Context.Reference<() => string>("@musehub/domain/port/RandomId", {
  defaultValue: () => uuidV4Unsafe
})
