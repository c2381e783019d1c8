/**
 * Bounds the manifests that are kept beside the rows of their snapshots. Only `keep_manifests` and whoever moved a
 * repository to a later root with `reflect_root` change rows of snapshots, and both hold the repository's lock, so no
 * two of them ever wait for each other's rows.
 */
import { keptManifestEntriesMax, keptManifestsMax } from "@musehub/domain/port/IndexStore"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // When the manifest was last kept: a number of `batches`. Without a meaning where there is no manifest.
  yield* sql`ALTER TABLE snapshots ADD COLUMN kept bigint NOT NULL DEFAULT 0`
  yield* sql`CREATE INDEX snapshots_kept ON snapshots (repository, kept) WHERE manifest IS NOT NULL`

  // Heads as an array that the planner cannot see keep it at one index lookup for each, where it would read all commits
  // of the repository for a join.
  yield* sql`
    CREATE FUNCTION evict_manifests(of_repository text, others_max integer, entries_max bigint)
    RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      WITH others AS (
        SELECT s.id, row_number() OVER recency AS place, sum(s.entry_count) OVER recency AS entries
        FROM snapshots s
        WHERE s.repository = of_repository AND s.manifest IS NOT NULL AND s.id NOT IN (
          SELECT c.snapshot_id
          FROM commits c
          WHERE c.repository = of_repository
            AND c.id = ANY (ARRAY (SELECT b.head FROM branches b WHERE b.repository = of_repository)))
        WINDOW recency AS (ORDER BY s.kept DESC, s.id ROWS UNBOUNDED PRECEDING)
      )
      UPDATE snapshots s SET manifest = NULL
      FROM others o
      WHERE s.repository = of_repository AND s.id = o.id AND (o.place > others_max OR o.entries > entries_max);
    END $$`
  yield* sql`
    CREATE FUNCTION keep_manifests(
      of_repository text,
      ids           text[],
      manifests     text[],
      others_max    integer,
      entries_max   bigint
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      -- The lock of reflect_root: what is a head stays one until the others are let go.
      PERFORM pg_advisory_xact_lock(1, hashtext(of_repository));
      UPDATE snapshots s SET manifest = coalesce(s.manifest, k.manifest::jsonb), kept = batch.number
      FROM (SELECT nextval('batches') AS number) AS batch, unnest(ids, manifests) AS k (id, manifest)
      WHERE s.repository = of_repository AND s.id = k.id;
      PERFORM evict_manifests(of_repository, others_max, entries_max);
    END $$`

  // As before, and says whether the root is later than what was reflected: only then are there other heads.
  yield* sql`DROP FUNCTION reflect_root`
  yield* sql`
    CREATE FUNCTION reflect_root(
      root            repositories,
      branch_names    text[],
      branch_heads    text[],
      granted_users   text[],
      granted_roles   text[],
      newly_reachable text[]
    ) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
      recorded integer;
      is_later boolean;
    BEGIN
      SELECT count(*) INTO recorded FROM commits c WHERE c.repository = root.id AND c.id = ANY (newly_reachable);
      IF recorded < cardinality(newly_reachable) THEN
        RAISE EXCEPTION '% of % reachable commits are not recorded',
          cardinality(newly_reachable) - recorded, cardinality(newly_reachable);
      END IF;

      -- Concurrent calls for one repository go one by one. Its row's lock would not do before there is a row: of two
      -- first inserts, the later one would trip over the unique name instead of meeting the conflict on the id.
      PERFORM pg_advisory_xact_lock(1, hashtext(root.id));
      INSERT INTO repositories AS r SELECT root.*
      ON CONFLICT (id) DO UPDATE SET
        owner = excluded.owner, slug = excluded.slug, name = excluded.name, visibility = excluded.visibility,
        description = excluded.description, domain = excluded.domain, default_branch = excluded.default_branch,
        created_at = excluded.created_at, root_sequence = excluded.root_sequence, root_sha256 = excluded.root_sha256
      WHERE r.root_sequence < excluded.root_sequence;
      is_later := FOUND;

      IF is_later THEN
        DELETE FROM branches b WHERE b.repository = root.id AND NOT EXISTS (
          SELECT FROM unnest(branch_names, branch_heads) AS n (name, head) WHERE n.name = b.name AND n.head = b.head);
        INSERT INTO branches (repository, name, head)
        SELECT root.id, n.name, n.head FROM unnest(branch_names, branch_heads) AS n (name, head)
        ON CONFLICT DO NOTHING;

        DELETE FROM grants g WHERE g.repository = root.id AND NOT EXISTS (
          SELECT FROM unnest(granted_users, granted_roles) AS n ("user", role)
          WHERE n."user" = g."user" AND n.role = g.role);
        INSERT INTO grants (repository, "user", role)
        SELECT root.id, n."user", n.role FROM unnest(granted_users, granted_roles) AS n ("user", role)
        ON CONFLICT DO NOTHING;
      END IF;

      UPDATE commits c SET reachable = true
      WHERE c.repository = root.id AND c.id = ANY (newly_reachable) AND NOT c.reachable;
      RETURN is_later;
    END $$`

  // What was kept without a bound until now.
  yield* sql`
    SELECT evict_manifests(id, ${keptManifestsMax}::integer, ${keptManifestEntriesMax}::bigint) FROM repositories`
})
