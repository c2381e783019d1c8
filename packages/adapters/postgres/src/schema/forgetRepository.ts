/**
 * Deletes all rows of a repository. It is a function for the same reason as `reflect_root`: what a concurrent call
 * committed before this one had the lock is deleted too.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const forgetRepository = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE OR REPLACE FUNCTION forget_repository(of_repository text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(1, hashtext(of_repository));
      DELETE FROM repositories r WHERE r.id = of_repository;
      DELETE FROM grants g WHERE g.repository = of_repository;
      DELETE FROM packs p WHERE p.repository = of_repository;
      DELETE FROM staged_blobs s WHERE s.repository = of_repository;
      DELETE FROM stored_bytes s WHERE s.repository = of_repository;
      DELETE FROM commits c WHERE c.repository = of_repository;
      DELETE FROM introductions i WHERE i.repository = of_repository;
      DELETE FROM snapshots s WHERE s.repository = of_repository;
      DELETE FROM blobs b WHERE b.repository = of_repository;
      DELETE FROM proposals p WHERE p.repository = of_repository;
      DELETE FROM remarks r WHERE r.repository = of_repository;
      DELETE FROM underived u WHERE u.repository = of_repository;
      DELETE FROM touches t WHERE t.repository = of_repository;
      DELETE FROM folder_touches t WHERE t.repository = of_repository;
      DELETE FROM touch_lines t WHERE t.repository = of_repository;
      DELETE FROM blob_symbols b WHERE b.repository = of_repository;
      DELETE FROM symbol_events e WHERE e.repository = of_repository;
      DELETE FROM marks m WHERE m.repository = of_repository;
    END $$`
})
