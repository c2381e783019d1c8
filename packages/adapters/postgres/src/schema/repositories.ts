/**
 * Repositories with the grants of their roots. The rows of a repository always reflect one root, named by
 * its sequence; `reflect_root` moves them to a later one. No foreign keys: objects are recorded before the root that
 * names their packs is reflected.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const repositories = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // Ordered by code point, whatever the server's locale, because pages continue after values of these columns.
  yield* sql`
    CREATE TABLE repositories (
      id             text COLLATE "C" PRIMARY KEY,
      owner          text COLLATE "C" NOT NULL,
      slug           text COLLATE "C" NOT NULL,
      name           text NOT NULL,
      visibility     text NOT NULL,
      description    text NOT NULL,
      domain         text NOT NULL,
      default_branch text NOT NULL,
      archived       boolean NOT NULL,
      fork_of        jsonb,
      created_at     text NOT NULL,
      root_sequence  bigint NOT NULL,
      root_sha256    text NOT NULL,
      -- The user whom it is offered to, who may read it.
      offered_to     text COLLATE "C",
      -- Count of the branches, which are in the root alone.
      branches       integer NOT NULL,
      CONSTRAINT repositories_name UNIQUE (owner, slug)
    )`
  // Lists of what one reader may read pass over no hidden repository.
  yield* sql`CREATE INDEX repositories_public ON repositories (owner, slug) WHERE visibility = 'public'`
  yield* sql`CREATE INDEX repositories_offered ON repositories (offered_to) WHERE offered_to IS NOT NULL`
  yield* sql`
    CREATE TABLE grants (
      repository text COLLATE "C" NOT NULL,
      "user"     text COLLATE "C" NOT NULL,
      role       text NOT NULL,
      PRIMARY KEY (repository, "user")
    )`
  yield* sql`CREATE INDEX grants_by_user ON grants ("user", repository)`
})
