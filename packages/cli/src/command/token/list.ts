/**
 * `musehub token list`: lists tokens in order of creation, without their secrets, including expired and revoked ones.
 */
import type { Token } from "@musehub/domain/hub/Token"
import { isLive, listTokens } from "@musehub/domain/usecase/people/tokens"
import { Clock, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { allPages, columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { userFlag } from "../names.ts"

const stateOf = (token: Token, now: number) => {
  if (token.revokedAt !== null) return "revoked"
  return isLive(token, now) ? "live" : "expired"
}

export const list = Command.make(
  "list",
  {
    user: userFlag("user").pipe(Flag.withDescription("Only the tokens of this user"), Flag.optional)
  },
  Effect.fn(function* (input) {
    const { json } = yield* musehub
    const now = yield* Clock.currentTimeMillis
    const tokens = yield* allPages((page) => listTokens({ user: Option.getOrUndefined(input.user) }, page))
    yield* print(
      json,
      tokens.map((token) => ({
        id: token.id,
        user: token.user,
        scope: token.scope,
        repository: token.repository,
        state: stateOf(token, now),
        createdAt: token.createdAt,
        expiresAt: token.expiresAt,
        revokedAt: token.revokedAt
      })),
      columns([
        ["ID", "USER", "SCOPE", "REPOSITORY", "STATE", "CREATED", "EXPIRES"],
        ...tokens.map((token) => [
          token.id,
          token.user,
          token.scope,
          token.repository ?? "all",
          stateOf(token, now),
          token.createdAt,
          token.expiresAt ?? "never"
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "List tokens in order of creation, without their secrets. With --json: an array of objects with id, " +
      "user, scope, repository, state (live, expired or revoked), createdAt, expiresAt, revokedAt."
  ),
  Command.withShortDescription("List tokens without their secrets"),
  Command.provide(presentStorage)
)
