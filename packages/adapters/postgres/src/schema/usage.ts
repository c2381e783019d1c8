/**
 * What users take, for quotas: the bytes that each call recorded, which are added up when they are asked for, and the
 * answers that are kept under idempotency keys. Bytes are rows that nobody waits for, instead of a sum that concurrent
 * pushes would wait for; `reflect_root` joins them once they are many.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const usage = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE stored_bytes (
      repository text COLLATE "C" NOT NULL,
      bytes      bigint NOT NULL
    )`
  yield* sql`CREATE INDEX stored_bytes_by_repository ON stored_bytes (repository)`
  yield* sql`
    CREATE TABLE kept_answers (
      document text COLLATE "C" PRIMARY KEY,
      "user"   text COLLATE "C" NOT NULL,
      at       text COLLATE "C" NOT NULL
    )`
  yield* sql`CREATE INDEX kept_answers_by_user ON kept_answers ("user", at)`
  yield* sql`CREATE INDEX tokens_by_user ON tokens ("user")`
})
