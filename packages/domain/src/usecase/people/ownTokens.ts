/** Manages the caller's own tokens. Only a token of admin scope that is not limited to a repository may do so. */
import { Clock, Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import type { Scope, Token } from "../../hub/Token.ts"
import type { PageRequest, Page } from "../../port/Page.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { Forbidden, type Principal } from "../access/policy.ts"
import { type QuotaExceeded, Quotas } from "../admission/Quotas.ts"
import {
  createToken,
  listTokens,
  revokeToken,
  type CreateTokenError,
  type IssuedToken,
  type RevokeTokenError
} from "./tokens.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { KnownTokens } from "./KnownTokens.ts"
import type { PeopleIndex } from "../../port/index/PeopleIndex.ts"

/** Allows what gives or takes access as a whole; `what` begins the sentence of a refusal. */
export const mayManage = (principal: Principal, what = "tokens are managed"): Effect.Effect<void, Forbidden> =>
  principal.scope === "admin" && principal.repository === null
    ? Effect.void
    : Effect.fail(new Forbidden({ reason: `${what} with a token of admin scope that is not limited to a repository` }))

/** The token that a caller requests. */
export interface OwnToken {
  readonly scope: Scope
  readonly repository: RepositoryId | null
  /** Milliseconds from now; null if it lasts as long as the caller's token. */
  readonly lifetimeMillis: number | null
}

export type CreateOwnTokenError = Forbidden | QuotaExceeded | CreateTokenError

/** Refuses a token that would outlive the caller's, which may be in the wrong hands. */
const checkLifetime = Effect.fnUntraced(function* ({ expiresAt }: Principal, { lifetimeMillis }: OwnToken) {
  if (expiresAt === null || lifetimeMillis === null) return
  const leftMillis = Date.parse(expiresAt) - (yield* Clock.currentTimeMillis)
  if (lifetimeMillis <= leftMillis) return
  return yield* new Forbidden({
    reason: `this token expires at ${expiresAt}, and a token that it makes cannot outlive it`
  })
})

/** Creates a token for the caller that does not outlive the one in use. Only the answer has its secret. */
export const createOwnToken = Effect.fn("createOwnToken")(function* (
  principal: Principal,
  wanted: OwnToken
): Effect.fn.Return<IssuedToken, CreateOwnTokenError, ObjectStore | PeopleIndex> {
  yield* mayManage(principal)
  yield* checkLifetime(principal, wanted)
  // While the index is away, nobody knows how many tokens there are, and one may be needed.
  yield* Effect.catchTag((yield* Quotas).checkTokens(principal.user), "IndexUnavailable", (error) =>
    Effect.logWarning("a token is created without a look at the quota", error)
  )
  return yield* createToken({ user: principal.user, ...wanted, expiresAtMax: principal.expiresAt })
})

export type ListOwnTokensError = Forbidden | IndexUnavailable

/** Lists the caller's tokens in order of creation, including expired and revoked ones. */
export const listOwnTokens = Effect.fn("listOwnTokens")(function* (
  principal: Principal,
  page: PageRequest
): Effect.fn.Return<Page<Token>, ListOwnTokensError, PeopleIndex> {
  yield* mayManage(principal)
  return yield* listTokens({ user: principal.user }, page)
})

export type RevokeOwnTokenError = Forbidden | RevokeTokenError

/** Revokes one of the caller's tokens, which may be the one in use. Tokens of other users are unknown. */
export const revokeOwnToken = Effect.fn("revokeOwnToken")(function* (
  principal: Principal,
  id: string
): Effect.fn.Return<void, RevokeOwnTokenError, KnownTokens | ObjectStore | PeopleIndex> {
  yield* mayManage(principal)
  yield* revokeToken(id, principal.user)
})
