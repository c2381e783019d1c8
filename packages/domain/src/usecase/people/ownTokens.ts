/** What people do with their own tokens. A token makes others only where it is unlimited itself. */
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

/** A token as its holder asks for it. */
export interface OwnToken {
  readonly scope: Scope
  readonly repository: RepositoryId | null
  /** Milliseconds from now; null: never expires. */
  readonly lifetimeMillis: number | null
}

/** Makes a token for the caller. The secret is in the answer and nowhere else. */
export const createOwnToken = Effect.fn("createOwnToken")(function* (principal: Principal, wanted: OwnToken) {
  yield* mayManage(principal)
  return yield* createToken({ user: principal.user, ...wanted })
})

/** The caller's tokens in order of creation, those that ended included. */
export const listOwnTokens = Effect.fn("listOwnTokens")(function* (principal: Principal, page: PageRequest) {
  yield* mayManage(principal)
  return yield* listTokens({ user: principal.user }, page)
})

/** Ends one of the caller's tokens, also the one that asks. The tokens of others are unknown. */
export const revokeOwnToken = Effect.fn("revokeOwnToken")(function* (principal: Principal, id: string) {
  yield* mayManage(principal)
  yield* revokeToken(id, principal.user)
})
