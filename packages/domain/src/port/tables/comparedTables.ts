/**
 * The tables of an index, by the names that Postgres has for them: what two indexes of one store have in common row by
 * row, and what they need not. The first comes back from the store after the index was lost. A column or a table that
 * is named nowhere here fails a test.
 */

interface ComparedTable {
  /** The column that names the repository of a row; null for what belongs to no repository. */
  readonly repository: "repository" | "id" | null
  /** The columns that tell the rows of a repository, or of the hub, apart; in ascending order of these. */
  readonly key: ReadonlyArray<string>
  /** The other columns that come back from the store. */
  readonly columns: ReadonlyArray<string>
  /** The columns that do not, and why. */
  readonly passedOver: { readonly [column: string]: string }
}

/** Why a number of `batches` does not come back. */
const whenRecorded = "when this index recorded it: another one records in batches of its own"

/** The tables whose rows are compared, those of the hub first. */
export const comparedTables = {
  hub: {
    repository: null,
    key: ["id"],
    columns: [],
    passedOver: { only_one: "keeps the table at one row" }
  },
  users: { repository: null, key: ["name"], columns: ["created_at"], passedOver: {} },
  tokens: {
    repository: null,
    key: ["hash"],
    columns: ["id", "user", "scope", "repository", "created_at", "expires_at", "revoked_at"],
    passedOver: {}
  },
  domains: { repository: null, key: ["name"], columns: ["revision", "search_text"], passedOver: {} },
  repositories: {
    repository: "id",
    key: [],
    columns: [
      "owner",
      "slug",
      "name",
      "visibility",
      "description",
      "domain",
      "default_branch",
      "archived",
      "fork_of",
      "created_at",
      "root_sequence",
      "root_sha256",
      "offered_to",
      "branches"
    ],
    passedOver: {}
  },
  grants: { repository: "repository", key: ["user"], columns: ["role"], passedOver: {} },
  packs: { repository: "repository", key: ["sha256"], columns: [], passedOver: {} },
  blobs: {
    repository: "repository",
    key: ["id"],
    columns: ["size", "storage_uri", "canonical_sha256"],
    passedOver: { path: "a hint from the manifests that were cached when the blob was recorded" }
  },
  snapshots: {
    repository: "repository",
    key: ["id"],
    columns: ["entry_count", "directory_count", "size", "storage_uri", "canonical_sha256"],
    passedOver: { manifest: "a cache of those that were used last", kept: "when the manifest was last used" }
  },
  commits: {
    repository: "repository",
    key: ["id"],
    columns: [
      "branch",
      "parents",
      "generation",
      "message",
      "author",
      "committed_at",
      "snapshot_id",
      "size",
      "storage_uri",
      "canonical_sha256"
    ],
    passedOver: { batch: whenRecorded, place: whenRecorded }
  },
  introductions: { repository: "repository", key: ["commit", "blob"], columns: [], passedOver: {} },
  remarks: { repository: "repository", key: ["commit"], columns: ["reviewed_by", "test_runs"], passedOver: {} },
  proposals: {
    repository: "repository",
    key: ["number"],
    columns: ["revision", "title", "author", "from_branch", "to_branch", "state", "created_at", "updated_at"],
    passedOver: {}
  },
  /** One row for each repository: the sum, since rows are joined from time to time. */
  stored_bytes: { repository: "repository", key: [], columns: ["bytes"], passedOver: {} }
} as const satisfies { readonly [table: string]: ComparedTable }

export type ComparedTableName = keyof typeof comparedTables

export const comparedTableNames = Object.keys(comparedTables) as ReadonlyArray<ComparedTableName>

/** Describes a table without its literal types. */
export const comparedTable = (name: ComparedTableName): ComparedTable => comparedTables[name]

/** The tables that are not compared, and why. */
export const passedOverTables = {
  staged_blobs: "a list of work: blobs of packs that no root names yet; a client that lost it sends them again",
  kept_answers: "a list of work: when answers to repeated requests, which the store has, were last asked for",
  document_states: "decides races with MUSEHUB_FENCE=database; it begins anew with an empty database",
  derivers: "which version of each deriver made the derived rows below",
  underived: "a list of work: commits and identities from which nothing was derived yet",
  derivations: "who is deriving in which repository at the moment",
  touches: "derived from the objects of commits beside the requests; `musehub derive --again` makes them anew",
  folder_touches: "as touches",
  touch_lines: "derived from blobs beside the requests; `musehub derive --only lines --again` makes them anew",
  blob_symbols: "derived from blobs beside the requests; `musehub derive --only symbols --again` makes them anew",
  symbol_events: "as blob_symbols",
  marks: "derived from the documents of identities; `musehub derive --only marks --again` makes them anew",
  musehub_migrations: "the migrations of this database, with the time of each"
} as const
