/** Handlers of users and the caller's own tokens. */
import type { Token } from "@musehub/domain/hub/Token"
import { listOwnTokens, revokeOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { knownVisitor } from "../signIn/visitor.ts"
import { Api } from "./Api.ts"
import { NewTokenRequest } from "./contract/user.ts"
import { paged, pageRequest } from "./page.ts"
import { requestedToken } from "./people/requestedToken.ts"
import { answering, jsonBody } from "./request.ts"

const view = ({ id, scope, repository, createdAt, expiresAt, revokedAt }: Token) => ({
  id,
  scope,
  repoId: repository,
  createdAt,
  expiresAt,
  revokedAt
})

export const user = HttpApiBuilder.group(Api, "user", (handlers) =>
  handlers
    .handle(
      "whoAmI",
      answering(() =>
        Effect.map(knownVisitor("asking who you are"), ({ user: name, scope, repository }) => ({
          name,
          scope,
          repoId: repository
        }))
      )
    )
    .handle(
      "listTokens",
      answering(({ query }) =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("listing your tokens")
          return yield* paged(yield* listOwnTokens(principal, yield* pageRequest(query)), view)
        })
      )
    )
    .handleRaw(
      "createToken",
      answering(() =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("creating a token")
          const { value } = yield* jsonBody(NewTokenRequest)
          const { secret, token } = yield* requestedToken(principal, value)
          return { ...view(token), secret: Redacted.value(secret) }
        })
      )
    )
    .handle(
      "revokeToken",
      answering(({ params }) =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("revoking a token")
          yield* revokeOwnToken(principal, params.id)
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* knownVisitor("looking up a user")
          return yield* showUser(params.name)
        })
      )
    )
)
