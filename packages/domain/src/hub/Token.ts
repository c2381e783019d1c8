/**
 * A bearer token as the hub knows it: the hash of the secret, never the secret, which is shown once at creation. Stored
 * as `hub/tokens/<hash>`, so that tokens outlive the database.
 */
import { Schema } from "effect"
import { RepositoryId, Sha256 } from "../object/Id.ts"
import { UserName } from "../repository/Names.ts"

/** Each scope includes the ones before it. */
export const Scope = Schema.Literals(["read", "write", "admin"])
export type Scope = typeof Scope.Type

export const Token = Schema.Struct({
  /** SHA-256 of the secret's text. */
  hash: Sha256,
  /** Short public id for lists and revocation: the first 12 digits of the hash. */
  id: Schema.String,
  user: UserName,
  scope: Scope,
  /** Limits the token to one repository. */
  repository: Schema.NullOr(RepositoryId),
  createdAt: Schema.String,
  /** ISO 8601, UTC; null if it does not expire. */
  expiresAt: Schema.NullOr(Schema.String),
  revokedAt: Schema.NullOr(Schema.String)
})
export type Token = typeof Token.Type
