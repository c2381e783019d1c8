/** Users, and the caller's own tokens. */
import { RepositoryId } from "@musehub/domain/object/Id"
import { UserName } from "@musehub/domain/repository/Names"
import { Scope } from "@musehub/domain/hub/Token"
import { User } from "@musehub/domain/hub/User"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { opening, paging, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"

/** The caller, and what the token of the request is valid for. */
export const Caller = Schema.Struct({
  name: UserName,
  scope: Scope,
  /** The only repository that the token is valid for; null if it is not limited. */
  repoId: Schema.NullOr(RepositoryId)
}).annotate({ identifier: "Caller" })

export const UserView = User.annotate({ identifier: "User" })

/** A token without its secret. */
const tokenFields = {
  id: Schema.String,
  scope: Scope,
  repoId: Schema.NullOr(RepositoryId),
  createdAt: Schema.String,
  expiresAt: Schema.NullOr(Schema.String),
  revokedAt: Schema.NullOr(Schema.String)
}
export const TokenView = Schema.Struct(tokenFields).annotate({ identifier: "Token" })

/** The longest lifetime of a token: a hundred years, in seconds. */
const lifetimeSecondsMax = 100 * 366 * 24 * 60 * 60

export const NewTokenRequest = Schema.Struct({
  scope: Scope,
  /** Limits the token to one repository, as `owner/slug`. */
  repository: Schema.optionalKey(Schema.String),
  /** If absent, the token lasts as long as the one that makes it. */
  expiresInSeconds: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: lifetimeSecondsMax })))
}).annotate({ identifier: "NewToken" })

export const CreatedToken = Schema.Struct({
  ...tokenFields,
  /** Shown once and not stored. */
  secret: Schema.String
})
  .annotate({ identifier: "CreatedToken" })
  .pipe(HttpApiSchema.status(201))

export class UserGroup extends HttpApiGroup.make("user")
  .add(
    HttpApiEndpoint.get("whoAmI", "/user", { success: Caller }).annotateMerge(
      about({ summary: "Show who the token belongs to", access: "token" })
    ),
    HttpApiEndpoint.get("listTokens", "/user/tokens", {
      query: pageQuery,
      success: pageSchema(TokenView),
      error: problemsOf(...paging, "Forbidden")
    }).annotateMerge(
      about({ summary: "List the caller's tokens, including expired and revoked ones", access: "token:admin" })
    ),
    HttpApiEndpoint.post("createToken", "/user/tokens", {
      payload: NewTokenRequest,
      success: CreatedToken,
      error: problemsOf(...opening, ...sending, "DocumentConflict", "QuotaExceeded")
    }).annotateMerge(
      about({
        summary: "Create a token for the caller",
        description:
          "The secret is only in this answer. The token expires no later than the one that makes it; without " +
          "`expiresInSeconds`, at the same time. `Idempotency-Key` is not supported, since the secret is not stored.",
        access: "token:admin"
      })
    ),
    HttpApiEndpoint.delete("revokeToken", "/user/tokens/:id", {
      params: { id: Schema.String.check(Schema.isMaxLength(64)) },
      success: HttpApiSchema.NoContent,
      error: problemsOf("DocumentConflict", "Forbidden", "TokenUnknown")
    }).annotateMerge(about({ summary: "Revoke one of the caller's tokens", access: "token:admin" })),
    HttpApiEndpoint.get("show", "/users/:name", {
      params: { name: Schema.String },
      success: UserView,
      error: problemsOf("UserUnknown")
    }).annotateMerge(about({ summary: "Show a user", access: "token" }))
  )
  .annotateMerge(OpenApi.annotations({ title: "User and tokens" })) {}
