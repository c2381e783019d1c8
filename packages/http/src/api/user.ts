/** Handlers of users and the caller's own tokens. */
import type { Token } from "@musehub/domain/hub/Token"
import { createOwnToken, listOwnTokens, revokeOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { knownCaller } from "../Caller.ts"
import { refuseFields } from "../problem/FieldsRefused.ts"
import { Api } from "./Api.ts"
import { NewTokenRequest } from "./contract/user.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

const view = ({ id, scope, repository, createdAt, expiresAt, revokedAt }: Token) => ({
  id,
  scope,
  repoId: repository,
  createdAt,
  expiresAt,
  revokedAt
})

/** Returns the id of `owner/slug`, which the caller must be able to see. */
const repositoryNamed = Effect.fnUntraced(function* (name: string) {
  const [owner = "", slug = "", ...rest] = name.split("/")
  if (rest.length > 0) return yield* refuseFields("body", [{ path: "repository", message: "must be owner/slug" }])
  return (yield* opened({ owner, slug }, "read")).id
})

export const user = HttpApiBuilder.group(Api, "user", (handlers) =>
  handlers
    .handle(
      "whoAmI",
      answering(({ request }) =>
        Effect.map(knownCaller(request.headers, "asking who you are"), ({ user: name, scope, repository }) => ({
          name,
          scope,
          repoId: repository
        }))
      )
    )
    .handle(
      "listTokens",
      answering(({ request, query }) =>
        Effect.gen(function* () {
          const principal = yield* knownCaller(request.headers, "listing your tokens")
          return yield* paged(yield* listOwnTokens(principal, yield* pageRequest(query)), view)
        })
      )
    )
    .handleRaw(
      "createToken",
      answering(({ request }) =>
        Effect.gen(function* () {
          const principal = yield* knownCaller(request.headers, "creating a token")
          const { value } = yield* jsonBody(NewTokenRequest)
          const { secret, token } = yield* createOwnToken(principal, {
            scope: value.scope,
            repository: value.repository === undefined ? null : yield* repositoryNamed(value.repository),
            lifetimeMillis: value.expiresInSeconds === undefined ? null : value.expiresInSeconds * 1000
          })
          return { ...view(token), secret: Redacted.value(secret) }
        })
      )
    )
    .handle(
      "revokeToken",
      answering(({ request, params }) =>
        Effect.gen(function* () {
          const principal = yield* knownCaller(request.headers, "revoking a token")
          yield* revokeOwnToken(principal, params.id)
        })
      )
    )
    .handle(
      "show",
      answering(({ request, params }) =>
        Effect.gen(function* () {
          yield* knownCaller(request.headers, "looking up a user")
          return yield* showUser(params.name)
        })
      )
    )
)
