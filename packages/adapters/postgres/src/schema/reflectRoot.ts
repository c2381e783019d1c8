/**
 * Updates a repository with its grants to a root, and says whether the root is later than the reflected one. It is a
 * function rather than one statement with several parts, since each part
 * must see what a concurrent call committed before this one locked the repository's row.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const reflectRoot = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE OR REPLACE FUNCTION reflect_root(
      root          repositories,
      granted_users text[],
      granted_roles text[]
    ) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
      is_later boolean;
      is_listed_alike boolean;
      grants_changed integer := 0;
      changed integer;
    BEGIN
      -- Concurrent calls for one repository run one by one. A row lock does not help before the row exists: of two
      -- first inserts, the later one would violate the unique name before it meets the conflict on the id.
      PERFORM pg_advisory_xact_lock(1, hashtext(root.id));
      -- A row that has the name of a later root is behind its own root.
      DELETE FROM repositories r WHERE r.owner = root.owner AND r.slug = root.slug AND r.id <> root.id
        AND NOT EXISTS (
          SELECT FROM repositories own WHERE own.id = root.id AND own.root_sequence >= root.root_sequence);
      is_listed_alike := EXISTS (
        SELECT FROM repositories r WHERE r.id = root.id
          AND ROW (r.owner, r.slug, r.name, r.visibility, r.description, r.domain, r.default_branch, r.archived,
                   r.fork_of, r.offered_to)
            IS NOT DISTINCT FROM ROW (root.owner, root.slug, root.name, root.visibility, root.description, root.domain,
                   root.default_branch, root.archived, root.fork_of, root.offered_to));
      INSERT INTO repositories AS r SELECT root.*
      ON CONFLICT (id) DO UPDATE SET
        owner = excluded.owner, slug = excluded.slug, name = excluded.name, visibility = excluded.visibility,
        description = excluded.description, domain = excluded.domain, default_branch = excluded.default_branch,
        archived = excluded.archived, fork_of = excluded.fork_of, created_at = excluded.created_at,
        root_sequence = excluded.root_sequence, root_sha256 = excluded.root_sha256,
        offered_to = excluded.offered_to, branches = excluded.branches
      WHERE r.root_sequence < excluded.root_sequence;
      is_later := FOUND;

      IF is_later THEN
        DELETE FROM grants g WHERE g.repository = root.id AND NOT EXISTS (
          SELECT FROM unnest(granted_users, granted_roles) AS n ("user", role)
          WHERE n."user" = g."user" AND n.role = g.role);
        GET DIAGNOSTICS grants_changed = ROW_COUNT;
        INSERT INTO grants (repository, "user", role)
        SELECT root.id, n."user", n.role FROM unnest(granted_users, granted_roles) AS n ("user", role)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS changed = ROW_COUNT;
        grants_changed := grants_changed + changed;

        IF (SELECT count(*) FROM stored_bytes s WHERE s.repository = root.id) > 32 THEN
          WITH joined AS (DELETE FROM stored_bytes s WHERE s.repository = root.id RETURNING s.bytes)
          INSERT INTO stored_bytes (repository, bytes) SELECT root.id, sum(j.bytes) FROM joined j;
        END IF;

        -- What an identity marks may be another thing now.
        IF root.slug = 'identity' AND root.domain = 'identity' THEN
          INSERT INTO underived (deriver, repository, generation, commit) VALUES ('marks', root.id, 0, '')
          ON CONFLICT (deriver, repository, generation, commit) DO UPDATE SET put_off = false;
        END IF;
      END IF;
      -- What a repository has follows its root when it is next opened, so these rows need not wait for the disk. The
      -- lists of repositories open none of them.
      IF is_listed_alike AND grants_changed = 0 THEN
        PERFORM set_config('synchronous_commit', 'off', true);
      END IF;
      RETURN is_later;
    END $$`
})
