/**
 * The states of documents, for `MUSEHUB_FENCE=database`. The primary key decides which of several writers adds a
 * number. Only the latest state keeps its bytes.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const documentStates = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE document_states (
      path   text COLLATE "C" NOT NULL,
      number bigint NOT NULL,
      -- Null: the document was deleted.
      sha256 text COLLATE "C",
      bytes  bytea,
      -- The call that added the state, so that a repeated statement finds its own.
      added_by uuid NOT NULL,
      PRIMARY KEY (path, number)
    )`
  yield* sql`CREATE INDEX document_states_by_hash ON document_states (path, sha256)`
})
