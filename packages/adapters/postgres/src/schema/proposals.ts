/**
 * Proposals as lists show them, each at the latest recorded revision of its document. No foreign keys: a proposal may
 * be recorded before the root of its repository.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const proposals = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE proposals (
      repository  text COLLATE "C" NOT NULL,
      number      integer NOT NULL,
      revision    bigint NOT NULL,
      title       text NOT NULL,
      author      text NOT NULL,
      from_branch text NOT NULL,
      to_branch   text NOT NULL,
      state       text NOT NULL,
      created_at  text NOT NULL,
      updated_at  text NOT NULL,
      PRIMARY KEY (repository, number)
    )`
  yield* sql`CREATE INDEX proposals_by_state ON proposals (repository, state, number)`
  // As with objects: the planner does not expect one row of a repository that is not in the statistics.
  yield* sql`ALTER TABLE proposals ALTER COLUMN repository SET STATISTICS 0`
})
