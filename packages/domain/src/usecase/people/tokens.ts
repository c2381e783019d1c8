/** Users and their bearer tokens. The store holds only hashes; a secret is shown once. */
import { Clock, Effect, Option, Redacted, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import {
  findTokenHash,
  hasUser,
  readToken,
  witnessedToken,
  writeToken,
  writeUser
} from "../../invariant/HubDocuments.ts"
import { sha256 } from "../../object/Digest.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { recordAudit } from "../../port/Audit.ts"
import { PeopleIndex } from "../../port/index/PeopleIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { PageRequest, Page } from "../../port/Page.ts"
import { SecretGenerator } from "../../port/SecretGenerator.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Scope, Token } from "../../hub/Token.ts"
import { principalOf, Unauthenticated, type Principal } from "../access/policy.ts"
import { KnownTokens } from "./KnownTokens.ts"
import { nowIso } from "../../object/now.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

/** No token has this public id, or several share it. */
export class TokenUnknown extends Schema.TaggedError<TokenUnknown>()("TokenUnknown", {
  kind: errorKind("not found"),
  id: Schema.String
}) {
  override get message() {
    return `there is no token ${this.id}`
  }
}

export interface NewToken {
  readonly user: UserName
  readonly scope: Scope
  /** Limits the token to one repository. */
  readonly repository: RepositoryId | null
  /** Milliseconds from now; null if it never expires. */
  readonly lifetimeMillis: number | null
  /** When it expires at the latest, in ISO 8601, UTC. */
  readonly expiresAtMax?: string | null
}

/** The number of hex digits of the hash that form the public id. */
const publicIdLength = 12

/** Returns the public id of the hash of a secret. */
export const publicIdOf = (hash: Token["hash"]): string => hash.slice(0, publicIdLength)

/** Returns the public id of a token by its secret. */
export const publicIdOfSecret = (secret: Redacted.Redacted): string => publicIdOf(sha256(Redacted.value(secret)))

export type EnsureUserError = StoreUnavailable

/**
 * Tells the index of a new user or token. The store decides who exists, so this may fail: the index is told when the
 * token is first used.
 */
const tell = <R>(recorded: Effect.Effect<void, IndexUnavailable, R>) =>
  Effect.catch(recorded, (error) => Effect.logWarning("the index does not know of a new user or token yet", error))

/** Creates the user if it does not exist. Returns whether it was created. */
export const ensureUser = Effect.fn("ensureUser")(function* (
  name: UserName
): Effect.fn.Return<boolean, EnsureUserError, ObjectStore | PeopleIndex> {
  const index = yield* PeopleIndex
  if (yield* hasUser(name)) return false
  const written = yield* writeUser({ name, createdAt: yield* nowIso }).pipe(
    Effect.asSome,
    Effect.catchTag("DocumentConflict", () => Effect.succeedNone)
  )
  if (Option.isSome(written)) yield* tell(index.recordUser(written.value))
  return Option.isSome(written)
})

/** Returns when a token that is made now expires; null if it never does. */
const expiryOf = ({ expiresAtMax = null, lifetimeMillis }: NewToken, nowMillis: number): string | null => {
  const own = lifetimeMillis === null ? null : new Date(nowMillis + lifetimeMillis).toISOString()
  return own === null || (expiresAtMax !== null && expiresAtMax < own) ? expiresAtMax : own
}

/** A token that was just created. */
export interface IssuedToken {
  readonly secret: Redacted.Redacted
  readonly token: Token
}

export type CreateTokenError = DocumentConflict | StoreUnavailable

/** Creates a token, and its user if needed. The secret is in the answer and nowhere else. */
export const createToken = Effect.fn("createToken")(function* (
  wanted: NewToken
): Effect.fn.Return<IssuedToken, CreateTokenError, ObjectStore | PeopleIndex> {
  const index = yield* PeopleIndex
  const generate = yield* SecretGenerator
  yield* ensureUser(wanted.user)
  const secret = generate()
  const hash = sha256(Redacted.value(secret))
  const now = yield* Clock.currentTimeMillis
  const token: Token = {
    hash,
    id: publicIdOf(hash),
    user: wanted.user,
    scope: wanted.scope,
    repository: wanted.repository,
    createdAt: new Date(now).toISOString(),
    expiresAt: expiryOf(wanted, now),
    revokedAt: null
  }
  yield* tell(index.recordToken(yield* writeToken(token)))
  return { secret, token }
})

/** Lists tokens in order of creation, without secrets, including expired and revoked ones. */
export const listTokens = Effect.fn("listTokens")(function* (
  filter: { readonly user?: UserName | undefined },
  page: PageRequest
): Effect.fn.Return<Page<Token>, IndexUnavailable, PeopleIndex> {
  const index = yield* PeopleIndex
  return yield* index.tokens(filter, page)
})

export type RevokeTokenError = TokenUnknown | DocumentConflict | ObjectCorrupt | StoreUnavailable

/**
 * Revokes a token forever, in the store; other hubs refuse it within `staleMillisMax`. Revoking it again changes
 * nothing. A token that the index lacks, for instance while the index is away, is found in the store. With `holder`,
 * tokens of other users are unknown.
 */
export const revokeToken = Effect.fn("revokeToken")(function* (
  id: string,
  holder?: UserName
): Effect.fn.Return<Token, RevokeTokenError, KnownTokens | ObjectStore | PeopleIndex> {
  const index = yield* PeopleIndex
  const known = yield* KnownTokens
  const unknown = new TokenUnknown({ id })
  if (id.length !== publicIdLength) return yield* unknown
  const indexed = yield* index.tokenByPublicId(id).pipe(
    Effect.tapError((error) => Effect.logWarning("looking for the token in the store", error)),
    Effect.orElseSucceed(Option.none)
  )
  const hash = Option.isSome(indexed) ? Option.some(indexed.value.hash) : yield* findTokenHash(id)
  if (Option.isNone(hash)) return yield* unknown
  const current = yield* readToken(hash.value)
  if (Option.isNone(current)) return yield* unknown
  const { value, version } = current.value
  if (holder !== undefined && value.user !== holder) return yield* unknown
  const revoked =
    value.revokedAt === null
      ? yield* Effect.ensuring(writeToken({ ...value, revokedAt: yield* nowIso }, version), known.forget(hash.value))
      : witnessedToken(current.value)
  yield* tell(index.recordToken(revoked))
  return revoked.value
})

/** Returns whether a token is valid at a time in milliseconds since 1970. */
export const isLive = (token: Token, nowMillis: number): boolean =>
  token.revokedAt === null && (token.expiresAt === null || Date.parse(token.expiresAt) > nowMillis)

export type AuthenticateError = Unauthenticated | ObjectCorrupt | StoreUnavailable

/** Returns the principal of a secret. The store decides (`KnownTokens`). */
export const authenticate = Effect.fn("authenticate")(function* (
  secret: Redacted.Redacted
): Effect.fn.Return<Principal, AuthenticateError, KnownTokens> {
  const known = yield* KnownTokens
  const hash = sha256(Redacted.value(secret))
  const token = yield* known.read(hash)
  const now = yield* Clock.currentTimeMillis
  const about = publicIdOf(hash)
  const refuse = Effect.fnUntraced(function* (reason: string) {
    yield* recordAudit({ action: "authenticate", outcome: "refused", about, details: [reason] })
    return yield* new Unauthenticated({ reason })
  })
  if (Option.isNone(token)) return yield* refuse("the token is unknown to this hub")
  if (!isLive(token.value, now)) return yield* refuse("the token is expired or revoked")
  return principalOf(token.value)
})
