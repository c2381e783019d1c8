/** Users and their tokens, as in their documents in the store. Of a token's secret only the hash is stored. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const people = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE users (
      name       text COLLATE "C" PRIMARY KEY,
      created_at text NOT NULL
    )`
  yield* sql`
    CREATE TABLE tokens (
      hash       text COLLATE "C" PRIMARY KEY,
      id         text NOT NULL,
      "user"     text COLLATE "C" NOT NULL,
      scope      text NOT NULL,
      repository text COLLATE "C",
      created_at text COLLATE "C" NOT NULL,
      expires_at text,
      revoked_at text
    )`
  yield* sql`CREATE INDEX tokens_by_public_id ON tokens (id)`
  yield* sql`CREATE INDEX tokens_in_order ON tokens (created_at, hash)`
})
