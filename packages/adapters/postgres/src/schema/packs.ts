/**
 * Packs, the packs of each commit, and the reachable commits that are not packed yet. They have tables of their own:
 * packing comes after the push and rewrites no row of a commit. Each function holds the repository's lock, so packs are
 * in the order of recording and no two calls wait for each other's rows.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const packs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE packs (
      repository text COLLATE "C" NOT NULL,
      sha256     text COLLATE "C" NOT NULL,
      -- Order of recording.
      place      bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
      -- The pack's entries: the bytes of encodeDirectory.
      directory  bytea NOT NULL,
      PRIMARY KEY (repository, sha256)
    )`
  yield* sql`
    CREATE TABLE packed_commits (
      repository text COLLATE "C" NOT NULL,
      id         text COLLATE "C" NOT NULL,
      -- Empty: nothing of the commit needs packing.
      packs      text[] COLLATE "C" NOT NULL,
      PRIMARY KEY (repository, id)
    )`
  yield* sql`CREATE INDEX packed_commits_by_pack ON packed_commits USING gin (packs)`
  // A list instead of an index on reachable, unpacked commits, which would make marking commits reachable three times
  // as slow, and a push waits for that. A commit that was packed before it was reachable is in both tables.
  yield* sql`
    CREATE TABLE unpacked_commits (
      repository text COLLATE "C" NOT NULL,
      generation integer NOT NULL,
      id         text COLLATE "C" NOT NULL,
      PRIMARY KEY (repository, generation, id)
    )`
  // As with objects: the planner does not expect one row of a repository that is not in the statistics.
  for (const table of ["packs", "packed_commits", "unpacked_commits"]) {
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN repository SET STATISTICS 0`
  }

  // Commits are looked up by an array of ids, or under OFFSET 0: for a plain join the planner may read the whole
  // repository.
  yield* sql`
    CREATE OR REPLACE FUNCTION record_packs(
      of_repository text,
      names         text[],
      directories   bytea[],
      commit_ids    text[],
      commit_packs  text[]
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(1, hashtext(of_repository));
      INSERT INTO packs (repository, sha256, directory)
      SELECT of_repository, n.sha256, n.directory
      FROM unnest(names, directories) WITH ORDINALITY AS n (sha256, directory, place)
      ORDER BY n.place
      ON CONFLICT DO NOTHING;

      WITH recorded AS MATERIALIZED (
        SELECT c.id, c.generation FROM commits c WHERE c.repository = of_repository AND c.id = ANY (commit_ids)
      ),
      packed AS (
        INSERT INTO packed_commits (repository, id, packs)
        SELECT of_repository, r.id, string_to_array(n.packs, ',')
        FROM recorded r
        JOIN unnest(commit_ids, commit_packs) AS n (id, packs) ON n.id = r.id
        ON CONFLICT (repository, id) DO UPDATE SET packs = excluded.packs
      )
      DELETE FROM unpacked_commits u
      WHERE u.repository = of_repository AND u.id = ANY (commit_ids)
        AND u.generation BETWEEN (SELECT min(generation) FROM recorded) AND (SELECT max(generation) FROM recorded);
    END $$`
  yield* sql`
    CREATE OR REPLACE FUNCTION forget_pack(of_repository text, pack text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(1, hashtext(of_repository));
      DELETE FROM packs p WHERE p.repository = of_repository AND p.sha256 = pack;
      WITH forgotten AS (
        DELETE FROM packed_commits p
        WHERE p.repository = of_repository AND p.id = ANY (ARRAY (
          SELECT o.id
          FROM (SELECT repository, id FROM packed_commits WHERE packs @> ARRAY[pack] OFFSET 0) AS o
          WHERE o.repository = of_repository))
        RETURNING p.id
      )
      INSERT INTO unpacked_commits (repository, generation, id)
      SELECT of_repository, c.generation, f.id
      FROM forgotten f
      CROSS JOIN LATERAL (
        SELECT c.generation FROM commits c WHERE c.repository = of_repository AND c.id = f.id AND c.reachable OFFSET 0
      ) AS c
      ON CONFLICT DO NOTHING;
    END $$`
})
