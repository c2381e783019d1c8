/** People and their own tokens. */
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

/** Who the caller is, and what the token that came with the request is good for. */
export const Caller = Schema.Struct({
  name: UserName,
  scope: Scope,
  /** The only repository that the token is good for; null: it is not limited. */
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

/** Longest lifetime that can be asked for: a hundred years, in seconds. */
const lifetimeSecondsMax = 100 * 366 * 24 * 60 * 60

export const NewTokenRequest = Schema.Struct({
  scope: Scope,
  /** `owner/slug`: limits the token to one repository. */
  repository: Schema.optionalKey(Schema.String),
  /** Never expires where this is left out. */
  expiresInSeconds: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: lifetimeSecondsMax })))
}).annotate({ identifier: "NewToken" })

export const CreatedToken = Schema.Struct({
  ...tokenFields,
  /** Shown this once and kept nowhere. */
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
    }).annotateMerge(about({ summary: "List the caller's tokens, those that ended included", access: "token:admin" })),
    HttpApiEndpoint.post("createToken", "/user/tokens", {
      payload: NewTokenRequest,
      success: CreatedToken,
      error: problemsOf(...opening, ...sending, "DocumentConflict")
    }).annotateMerge(
      about({
        summary: "Create a token for the caller",
        description:
          "The secret is in this answer alone. `Idempotency-Key` is not heeded here: it would need the secret kept.",
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
