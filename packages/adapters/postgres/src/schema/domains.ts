/** Published domains by the name of their document, with the text in which they are searched. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const domains = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE domains (
      name        text COLLATE "C" PRIMARY KEY,
      revision    bigint NOT NULL,
      search_text text COLLATE "C" NOT NULL
    )`
})
