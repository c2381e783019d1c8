/**
 * Packs, which of them each commit has, and which reachable commits are still to be packed. In tables of their own:
 * packing comes after the push and rewrites no row of a commit. Each of the functions holds the repository's lock, so
 * that packs are in the order of recording and no two calls wait for each other's rows.
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
      -- What is in it: the bytes of encodeDirectory.
      directory  bytea NOT NULL,
      PRIMARY KEY (repository, sha256)
    )`
  yield* sql`
    CREATE TABLE packed_commits (
      repository text COLLATE "C" NOT NULL,
      id         text COLLATE "C" NOT NULL,
      -- Empty: looked at, and nothing of it is to be packed.
      packs      text[] COLLATE "C" NOT NULL,
      PRIMARY KEY (repository, id)
    )`
  yield* sql`CREATE INDEX packed_commits_by_pack ON packed_commits USING gin (packs)`
  // A list, and no index of commits over what is reachable and not packed: that would make it three times as slow to
  // make commits reachable, which a push waits for. One that was packed before it was reachable is in both tables.
  yield* sql`
    CREATE TABLE unpacked_commits (
      repository text COLLATE "C" NOT NULL,
      generation integer NOT NULL,
      id         text COLLATE "C" NOT NULL,
      PRIMARY KEY (repository, generation, id)
    )`
  // As with objects: a repository that is not in the statistics is not taken for one row.
  for (const table of ["packs", "packed_commits", "unpacked_commits"]) {
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN repository SET STATISTICS 0`
  }

  // Commits are looked up by an array of their ids, or under OFFSET 0: for a plain join the planner may read the whole
  // repository.
  yield* sql`
    CREATE FUNCTION record_packs(
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
    CREATE FUNCTION forget_pack(of_repository text, pack text) RETURNS void LANGUAGE plpgsql AS $$
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
