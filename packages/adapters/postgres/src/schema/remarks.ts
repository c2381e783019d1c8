/**
 * The remarks on commits: from their own records, and from later annotations. Both join into one row in any order, so
 * neither needs the other to exist. They are a table of their own instead of columns of `commits`, because most commits
 * have no remarks and their rows stay narrow.
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
  // As with objects: the planner does not expect one row of a repository that is not in the statistics.
  yield* sql`ALTER TABLE remarks ALTER COLUMN repository SET STATISTICS 0`
})
