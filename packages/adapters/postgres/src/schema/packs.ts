/**
 * The packs whose objects have rows, and the blobs of packs that no root names yet. A large repository has thousands of
 * packs at most, so they are read whole.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const packs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE packs (
      repository text COLLATE "C" NOT NULL,
      sha256     text COLLATE "C" NOT NULL,
      PRIMARY KEY (repository, sha256)
    )`
  yield* sql`
    CREATE TABLE staged_blobs (
      repository   text COLLATE "C" NOT NULL,
      blob         text COLLATE "C" NOT NULL,
      pack         text COLLATE "C" NOT NULL,
      pack_size    bigint NOT NULL,
      pack_objects integer NOT NULL,
      size         bigint NOT NULL,
      PRIMARY KEY (repository, blob)
    )`
  yield* sql`CREATE INDEX staged_blobs_by_pack ON staged_blobs (repository, pack)`
  // As with objects: the planner does not expect one row of a repository that is not in the statistics.
  for (const table of ["packs", "staged_blobs"]) {
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN repository SET STATISTICS 0`
  }
})
