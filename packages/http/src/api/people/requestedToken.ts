/** Makes the token that a request of its future holder describes. */
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { createOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { Effect } from "effect"
import { refuseFields } from "../../problem/FieldsRefused.ts"
import type { NewTokenRequest } from "../contract/user.ts"

/** Returns the id of `owner/slug`, which the caller must be able to see. */
const repositoryNamed = Effect.fnUntraced(function* (principal: Principal, name: string) {
  const [owner = "", slug, ...rest] = name.split("/")
  if (slug === undefined || rest.length > 0) {
    return yield* refuseFields("body", [{ path: "repository", message: "must be owner/slug" }])
  }
  return (yield* openRepository(owner, slug, principal, "read")).id
})

export const requestedToken = Effect.fnUntraced(function* (
  principal: Principal,
  { expiresInSeconds, repository, scope }: typeof NewTokenRequest.Type
) {
  return yield* createOwnToken(principal, {
    scope,
    repository: repository === undefined ? null : yield* repositoryNamed(principal, repository),
    lifetimeMillis: expiresInSeconds === undefined ? null : expiresInSeconds * 1000
  })
})
