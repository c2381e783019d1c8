/** Makes secrets for tokens. A reference, so that tests can make them predictable. */
import { Context, Redacted } from "effect"
import { randomBytesUnsafe } from "effect/crypto/SecureRandom"
import * as Base64Url from "effect/encoding/Base64Url"

const secretBytes = 32

/** Makes `muse_` and 256 random bits in base64url. The prefix lets secret scanners find a leaked token. */
export const SecretGenerator = Context.Reference<() => Redacted.Redacted>("@musehub/domain/port/SecretGenerator", {
  defaultValue: () => () => Redacted.make(`muse_${Base64Url.encode(randomBytesUnsafe(secretBytes))}`)
})
