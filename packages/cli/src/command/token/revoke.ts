/**
 * `musehub token revoke`: ends a token for good. The store learns of it first, so a rebuilt index does not bring it
 * back.
 */
import { revokeToken } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"

export const revoke = Command.make(
  "revoke",
  { id: Argument.String("ID").pipe(Argument.withDescription("The token's id, from `musehub token list`")) },
  Effect.fn(function* ({ id }) {
    const { json } = yield* musehub
    const token = yield* revokeToken(id)
    yield* print(
      json,
      { id: token.id, user: token.user, revokedAt: token.revokedAt },
      `revoked token ${token.id} of ${token.user}`
    )
  })
).pipe(
  Command.withDescription(
    "End a token for good. Revoking it again changes nothing. With --json: id, user, revokedAt. A running " +
      "hub refuses the token from its next request on."
  ),
  Command.withShortDescription("End a token for good"),
  Command.provide(storage)
)
