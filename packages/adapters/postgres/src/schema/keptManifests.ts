/**
 * Bounds the manifests that are kept beside the rows of their snapshots. Rows of snapshots change in `keep_manifests`,
 * in the `reflect_root` that moves a repository to a later root, and when packs were merged. All hold the repository's
 * lock, so they never wait for each other's rows.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const keptManifests = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE OR REPLACE FUNCTION evict_manifests(of_repository text, kept_max integer, entries_max bigint)
    RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      WITH present AS (
        SELECT s.id, row_number() OVER recency AS place, sum(s.entry_count) OVER recency AS entries
        FROM snapshots s
        WHERE s.repository = of_repository AND s.manifest IS NOT NULL
        WINDOW recency AS (ORDER BY s.kept DESC, s.id ROWS UNBOUNDED PRECEDING)
      )
      UPDATE snapshots s SET manifest = NULL
      FROM present p
      WHERE s.repository = of_repository AND s.id = p.id AND p.place > 1
        AND (p.place > kept_max OR p.entries > entries_max);
    END $$`
  yield* sql`
    CREATE OR REPLACE FUNCTION keep_manifests(
      of_repository text,
      ids           text[],
      manifests     text[],
      kept_max      integer,
      entries_max   bigint
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      -- The lock of reflect_root, which evicts manifests too.
      PERFORM pg_advisory_xact_lock(1, hashtext(of_repository));
      UPDATE snapshots s SET manifest = coalesce(s.manifest, k.manifest::jsonb), kept = batch.number
      FROM (SELECT nextval('batches') AS number) AS batch, unnest(ids, manifests) AS k (id, manifest)
      WHERE s.repository = of_repository AND s.id = k.id;
      PERFORM evict_manifests(of_repository, kept_max, entries_max);
    END $$`
})
