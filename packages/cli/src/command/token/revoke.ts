/**
 * `musehub token revoke`: revokes a token permanently. The store is written first, so a rebuilt index does not restore
 * the token.
 */
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { revokeToken } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"

const seconds = staleMillisMax / 1000

export const revoke = Command.make(
  "revoke",
  { id: Argument.String("ID").pipe(Argument.withDescription("The token's id, from `musehub token list`")) },
  Effect.fn(function* ({ id }) {
    const { json } = yield* musehub
    const token = yield* revokeToken(id)
    yield* print(
      json,
      { id: token.id, user: token.user, revokedAt: token.revokedAt },
      `revoked token ${token.id} of ${token.user}; every running hub refuses it within ${seconds} seconds`
    )
  })
).pipe(
  Command.withDescription(
    "Revoke a token permanently. Revoking it again does nothing. With --json: id, user, revokedAt. Running hubs " +
      `refuse the token within ${seconds} seconds.`
  ),
  Command.withShortDescription("Revoke a token permanently"),
  Command.provide(storage)
)
