/**
 * Blobs, snapshots and commits, and which commit introduced which blob. Every object has a locator in the store and the
 * hash of its stored bytes, so a row without bytes cannot be written. A row exists only once a root named the pack of
 * its object.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const objects = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE blobs (
      repository       text COLLATE "C" NOT NULL,
      id               text COLLATE "C" NOT NULL,
      size             bigint NOT NULL,
      -- One path with this content in a cached manifest, if any; shown to users, nothing relies on it.
      path             text,
      storage_uri      text NOT NULL,
      canonical_sha256 text NOT NULL,
      PRIMARY KEY (repository, id)
    )`
  yield* sql`
    CREATE TABLE snapshots (
      repository       text COLLATE "C" NOT NULL,
      id               text COLLATE "C" NOT NULL,
      entry_count      integer NOT NULL,
      directory_count  integer NOT NULL,
      size             bigint NOT NULL,
      storage_uri      text NOT NULL,
      canonical_sha256 text NOT NULL,
      -- A cache of the stored manifest; null if it is not worth the room.
      manifest         jsonb,
      -- When the manifest was last kept: a number of \`batches\`. Without meaning if there is no manifest.
      kept             bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (repository, id)
    )`
  yield* sql`CREATE INDEX snapshots_kept ON snapshots (repository, kept) WHERE manifest IS NOT NULL`
  yield* sql`
    CREATE TABLE commits (
      repository       text COLLATE "C" NOT NULL,
      id               text COLLATE "C" NOT NULL,
      branch           text NOT NULL,
      parents          text[] COLLATE "C" NOT NULL,
      generation       integer NOT NULL,
      message          text NOT NULL,
      author           text NOT NULL,
      committed_at     text NOT NULL,
      snapshot_id      text COLLATE "C" NOT NULL,
      size             bigint NOT NULL,
      storage_uri      text NOT NULL,
      canonical_sha256 text NOT NULL,
      -- Order of recording: the batch, then the place in it.
      batch            bigint NOT NULL,
      place            integer NOT NULL,
      PRIMARY KEY (repository, id)
    )`
  yield* sql`CREATE SEQUENCE IF NOT EXISTS batches`
  yield* sql`CREATE INDEX commits_recorded ON commits (repository, batch, place)`
  yield* sql`CREATE INDEX commits_by_snapshot ON commits (snapshot_id, repository)`
  yield* sql`CREATE INDEX commits_by_id ON commits (id)`
  yield* sql`
    CREATE TABLE introductions (
      repository text COLLATE "C" NOT NULL,
      blob       text COLLATE "C" NOT NULL,
      commit     text COLLATE "C" NOT NULL,
      PRIMARY KEY (blob, repository, commit)
    )`
  yield* sql`CREATE INDEX introductions_by_commit ON introductions (repository, commit)`
  // A repository that was just pushed is not in the statistics, and the planner would expect one row of it: it would
  // read the whole repository for every id. Without statistics it assumes an average repository.
  for (const table of ["blobs", "snapshots", "commits", "introductions"]) {
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN repository SET STATISTICS 0`
  }
})
