/** The hub that the index belongs to, as its store names it: one row at most. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const hub = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE hub (
      id       text NOT NULL,
      only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
    )`
})
