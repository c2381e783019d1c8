/**
 * What is said about commits: by their own records, and by annotations that came later. Both join into one row, in any
 * order, so neither needs the other to be there. A table of its own and not columns of `commits`, because most commits
 * have nothing said about them, and their rows stay as narrow as they are.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const remarks = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE remarks (
      repository  text COLLATE "C" NOT NULL,
      commit      text COLLATE "C" NOT NULL,
      -- Each name as a JSON string: a name may hold NUL, which text cannot.
      reviewed_by text[] COLLATE "C" NOT NULL,
      test_runs   bigint NOT NULL,
      PRIMARY KEY (repository, commit)
    )`
  // As with objects: a repository that is not in the statistics is not taken for one row.
  yield* sql`ALTER TABLE remarks ALTER COLUMN repository SET STATISTICS 0`
})
