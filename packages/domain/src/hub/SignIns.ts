/**
 * How the browsers of a user are signed in: the link that begins the next session, and the sessions that go on. Stored
 * as `hub/sessions/<user>`, one document, so that using up a link and beginning its session are one write. The store
 * has hashes of the secrets alone.
 */
import { Schema } from "effect"
import { Sha256 } from "../object/Id.ts"
import { UserName } from "../repository/Names.ts"

/** A link that begins one session. A user has one at most: the next one takes its place. */
export const SignInLink = Schema.Struct({
  /** SHA-256 of the secret's text. */
  hash: Sha256,
  /** The hash of the token that asked for the link; null if an operator did. The session ends with that token. */
  token: Schema.NullOr(Sha256),
  /** ISO 8601, UTC. */
  createdAt: Schema.String,
  expiresAt: Schema.String,
  /** The id of the session that the link began; null until it is used. */
  usedBy: Schema.NullOr(Schema.String)
})
export type SignInLink = typeof SignInLink.Type

/** A browser that is signed in, with all rights of its user. */
export const Session = Schema.Struct({
  /** SHA-256 of the secret's text. */
  hash: Sha256,
  /** Short public id for lists and revocation: the first 12 digits of the hash. */
  id: Schema.String,
  /** As that of its link. */
  token: Schema.NullOr(Sha256),
  /** What the browser called itself when it signed in; empty if nothing. */
  userAgent: Schema.String,
  /** ISO 8601, UTC. */
  createdAt: Schema.String,
  expiresAt: Schema.String,
  /** The day of the last use, such as 2026-11-29: noting each use would be a write for each request. */
  lastUsedOn: Schema.String
})
export type Session = typeof Session.Type

export const SignIns = Schema.Struct({
  user: UserName,
  link: Schema.NullOr(SignInLink),
  /** In order of their beginning. */
  sessions: Schema.Array(Session)
})
export type SignIns = typeof SignIns.Type
