/** Statements about users and tokens. A token is found by the hash of its secret; the secret itself is not stored. */
import type { SqlClient } from "effect/sql"
import type { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { Token } from "@musehub/domain/hub/Token"
import { User } from "@musehub/domain/hub/User"
import { Effect, Option } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { placeAfter } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const tokenRows = decoded(Token)
const userRows = decoded(User)

/** Returns a token's key in the list. A hash contains no space. */
const keyOf = ({ createdAt, hash }: Token): string => `${hash} ${createdAt}`

export const make = (sql: SqlClient.SqlClient) => {
  const recordUser: PeopleIndex["Service"]["recordUser"] = Effect.fnUntraced(function* ({ value: user }) {
    yield* sql`
      INSERT INTO users (name, created_at) VALUES (${user.name}, ${user.createdAt})
      ON CONFLICT (name) DO UPDATE SET created_at = excluded.created_at`
  }, asOperation("recordUser"))

  const users: PeopleIndex["Service"]["users"] = (page) =>
    userRows(sql`
      SELECT name, created_at AS "createdAt"
      FROM users
      WHERE name > ${placeAfter(page)}
      ORDER BY name
      LIMIT ${page.limit + 1}`).pipe(
      Effect.map((found) => pageOf(found, ({ name }) => name, { limit: page.limit })),
      asOperation("users")
    )

  const recordToken: PeopleIndex["Service"]["recordToken"] = Effect.fnUntraced(function* ({ value: token }) {
    // Evidence of an earlier state may arrive late; it must not restore a revoked token.
    yield* sql`
      INSERT INTO tokens AS t (hash, id, "user", scope, repository, created_at, expires_at, revoked_at)
      VALUES (${token.hash}, ${token.id}, ${token.user}, ${token.scope}, ${token.repository}, ${token.createdAt},
              ${token.expiresAt}, ${token.revokedAt})
      ON CONFLICT (hash) DO UPDATE SET
        "user" = excluded."user", scope = excluded.scope, repository = excluded.repository,
        created_at = excluded.created_at, expires_at = excluded.expires_at,
        revoked_at = coalesce(t.revoked_at, excluded.revoked_at)`
  }, asOperation("recordToken"))

  const select = (where: Fragment, limit: number) =>
    tokenRows(sql`
      SELECT hash, id, "user", scope, repository, created_at AS "createdAt", expires_at AS "expiresAt",
             revoked_at AS "revokedAt"
      FROM tokens
      WHERE ${where}
      ORDER BY created_at, hash
      LIMIT ${limit}`)

  const tokenByHash: PeopleIndex["Service"]["tokenByHash"] = (hash) =>
    select(sql`hash = ${hash}`, 1).pipe(
      Effect.map(([token]) => Option.fromUndefinedOr(token)),
      asOperation("tokenByHash")
    )

  // Twelve digits of the hash: two tokens with the same ones are very unlikely, and then the older one has the id.
  const tokenByPublicId: PeopleIndex["Service"]["tokenByPublicId"] = (id) =>
    select(sql`id = ${id}`, 1).pipe(
      Effect.map(([token]) => Option.fromUndefinedOr(token)),
      asOperation("tokenByPublicId")
    )

  const tokens: PeopleIndex["Service"]["tokens"] = ({ user }, page) => {
    const [hash = "", ...createdAt] = placeAfter(page).split(" ")
    const owned = user === undefined ? sql`true` : sql`"user" = ${user}`
    return select(sql`${owned} AND (created_at, hash) > (${createdAt.join(" ")}, ${hash})`, page.limit + 1).pipe(
      Effect.map((found) => pageOf(found, keyOf, { limit: page.limit })),
      asOperation("tokens")
    )
  }

  return { recordUser, users, recordToken, tokenByHash, tokenByPublicId, tokens }
}
