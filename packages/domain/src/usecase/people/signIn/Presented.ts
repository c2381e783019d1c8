/**
 * The secret of a link or a session as its holder presents it: the name of the user, a dot and 256 random bits. The
 * name says which document to read; the secret is known to the store by its hash alone.
 */
import { Effect, Option, Redacted, Schema } from "effect"
import { sha256 } from "../../../object/Digest.ts"
import type { Sha256 } from "../../../object/Id.ts"
import { SecretGenerator } from "../../../port/SecretGenerator.ts"
import { UserName } from "../../../repository/Names.ts"

export interface Presented {
  readonly user: UserName
  readonly hash: Sha256
}

const pattern = /^([a-z0-9-]{1,64})\.([\x21-\x7e]{1,512})$/
const decodeUser = Schema.decodeUnknownOption(UserName)

/** Reads what was presented; none if it cannot be the secret of anything. */
export const presented = (text: Redacted.Redacted): Option.Option<Presented> => {
  const [, name, secret] = pattern.exec(Redacted.value(text)) ?? []
  if (secret === undefined) return Option.none()
  return Option.map(decodeUser(name), (user) => ({ user, hash: sha256(secret) }))
}

/** Makes a secret of a user, and its hash. */
export const newSecret = Effect.fnUntraced(function* (user: UserName) {
  const secret = Redacted.value((yield* SecretGenerator)())
  return { secret: Redacted.make(`${user}.${secret}`), hash: sha256(secret) }
})
