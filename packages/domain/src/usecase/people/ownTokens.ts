/** Manages the caller's own tokens. Only a token of admin scope that is not limited to a repository may do so. */
import { Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import type { Scope } from "../../hub/Token.ts"
import type { PageRequest } from "../../port/Page.ts"
import { Forbidden, type Principal } from "../access/policy.ts"
import { createToken, listTokens, revokeToken } from "./tokens.ts"

const mayManage = (principal: Principal): Effect.Effect<void, Forbidden> =>
  principal.scope === "admin" && principal.repository === null
    ? Effect.void
    : Effect.fail(
        new Forbidden({ reason: "tokens are managed with a token of admin scope that is not limited to a repository" })
      )

/** The token that a caller requests. */
export interface OwnToken {
  readonly scope: Scope
  readonly repository: RepositoryId | null
  /** Milliseconds from now; null if it never expires. */
  readonly lifetimeMillis: number | null
}

/** Creates a token for the caller. The secret is in the answer and nowhere else. */
export const createOwnToken = Effect.fn("createOwnToken")(function* (principal: Principal, wanted: OwnToken) {
  yield* mayManage(principal)
  return yield* createToken({ user: principal.user, ...wanted })
})

/** Lists the caller's tokens in order of creation, including expired and revoked ones. */
export const listOwnTokens = Effect.fn("listOwnTokens")(function* (principal: Principal, page: PageRequest) {
  yield* mayManage(principal)
  return yield* listTokens({ user: principal.user }, page)
})

/** Revokes one of the caller's tokens, which may be the one in use. Tokens of other users are unknown. */
export const revokeOwnToken = Effect.fn("revokeOwnToken")(function* (principal: Principal, id: string) {
  yield* mayManage(principal)
  yield* revokeToken(id, principal.user)
})
