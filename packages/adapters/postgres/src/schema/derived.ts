/** What is derived from commits and identities beside the requests, and the work that is left. */
import { deriverNames } from "@musehub/domain/port/index/derived/DerivationIndex"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const derived = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE derivers (
      name    text COLLATE "C" PRIMARY KEY,
      -- 0: it was never at work.
      version integer NOT NULL
    )`
  for (const name of deriverNames) yield* sql`INSERT INTO derivers (name, version) VALUES (${name}, 0)`
  // The commits from which nothing was derived yet. An identity whose marks were not has generation 0 and no commit.
  yield* sql`
    CREATE TABLE underived (
      deriver    text COLLATE "C" NOT NULL,
      repository text COLLATE "C" NOT NULL,
      generation integer NOT NULL,
      commit     text COLLATE "C" NOT NULL,
      -- What it needs cannot be read.
      put_off    boolean NOT NULL DEFAULT false,
      PRIMARY KEY (deriver, repository, generation, commit)
    )`
  yield* sql`
    CREATE TABLE derivations (
      deriver    text COLLATE "C" NOT NULL,
      repository text COLLATE "C" NOT NULL,
      holder     text NOT NULL,
      held_until timestamptz NOT NULL,
      PRIMARY KEY (deriver, repository)
    )`
  // Ids are bytes here, since these rows are many. A path may be too long for a key, and its hash is not.
  yield* sql`
    CREATE TABLE touches (
      repository   text COLLATE "C" NOT NULL,
      path_sha256  bytea NOT NULL,
      generation   integer NOT NULL,
      commit       bytea NOT NULL,
      path         text NOT NULL,
      -- Null: the file is not there.
      before       bytea,
      after        bytea,
      renamed_from text,
      PRIMARY KEY (repository, path_sha256, generation, commit)
    )`
  // Finds what a commit touches.
  yield* sql`CREATE INDEX touches_by_generation ON touches (repository, generation, commit)`
  yield* sql`
    CREATE TABLE folder_touches (
      repository  text COLLATE "C" NOT NULL,
      path_sha256 bytea NOT NULL,
      generation  integer NOT NULL,
      commit      bytea NOT NULL,
      PRIMARY KEY (repository, path_sha256, generation, commit)
    )`
  yield* sql`
    CREATE TABLE touch_lines (
      repository  text COLLATE "C" NOT NULL,
      path_sha256 bytea NOT NULL,
      generation  integer NOT NULL,
      commit      bytea NOT NULL,
      -- Null: not counted.
      added       integer,
      removed     integer,
      is_binary   boolean NOT NULL,
      PRIMARY KEY (repository, path_sha256, generation, commit)
    )`
  // JSON, whose texts may have NUL, which a text of Postgres cannot.
  yield* sql`
    CREATE TABLE blob_symbols (
      repository   text COLLATE "C" NOT NULL,
      blob         bytea NOT NULL,
      language     text COLLATE "C" NOT NULL,
      extractor    text COLLATE "C" NOT NULL,
      symbols      text NOT NULL,
      symbol_count integer NOT NULL,
      -- What it calls and imports; JSON.
      uses         text NOT NULL,
      -- Why it has none; null: it was looked at.
      refused      text,
      PRIMARY KEY (repository, blob, language, extractor)
    )`
  yield* sql`
    CREATE TABLE symbol_events (
      repository     text COLLATE "C" NOT NULL,
      address_sha256 bytea NOT NULL,
      generation     integer NOT NULL,
      commit         bytea NOT NULL,
      address        text NOT NULL,
      kind           text NOT NULL,
      change         text NOT NULL,
      body           boolean NOT NULL,
      signature      boolean NOT NULL,
      former         text,
      PRIMARY KEY (repository, address_sha256, generation, commit)
    )`
  // Finds what a commit did.
  yield* sql`CREATE INDEX symbol_events_by_generation ON symbol_events (repository, generation, commit)`
  // A mark is a hash, so no damage turns it into another one.
  yield* sql`
    CREATE TABLE marks (
      mark_sha256 bytea NOT NULL,
      repository  text COLLATE "C" NOT NULL,
      PRIMARY KEY (mark_sha256, repository)
    )`
  yield* sql`CREATE INDEX marks_by_repository ON marks (repository)`
  // As with objects: the planner does not expect one row of a repository that is not in the statistics.
  const counted = ["underived", "touches", "folder_touches", "touch_lines", "blob_symbols", "symbol_events", "marks"]
  for (const table of counted) {
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN repository SET STATISTICS 0`
  }
})
