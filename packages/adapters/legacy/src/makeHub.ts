/** Reads what a legacy hub has beside objects. */
import type { PgClient } from "@effect/sql-pg"
import type { JsonObject } from "@musehub/domain/object/Json"
import { LegacyGraph } from "@musehub/domain/port/legacy/LegacyGraph"
import { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import type { LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Effect, Result, Schema } from "effect"
import { jsonColumn, parentsOf } from "./rows/commitClaim.ts"
import { renderings } from "./rows/renderings.ts"
import { type LegacyClient, rowsOf, texts, timeFormat } from "./statements.ts"

const NullableText = Schema.NullOr(Schema.String)

const RepositoryRow = Schema.Struct({
  id: Schema.String,
  owner: Schema.String,
  slug: Schema.String,
  name: Schema.String,
  visibility: Schema.String,
  description: Schema.String,
  domain: NullableText,
  default_branch: Schema.String,
  created: NullableText
})
const BranchRow = Schema.Struct({ name: Schema.String, head: NullableText })
const NodeRow = Schema.Struct({ id: Schema.String, snapshot: NullableText, parents: NullableText })
const PersonRow = Schema.Struct({ id: Schema.String, name: Schema.String })
const CollaboratorRow = Schema.Struct({ user_id: Schema.String, permission: Schema.String })
const ProposalRow = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  body: Schema.String,
  state: Schema.String,
  from: Schema.String,
  to: Schema.String,
  merge_commit: NullableText,
  author: Schema.String,
  created: NullableText,
  merged: NullableText
})
const TagRow = Schema.Struct({ id: Schema.String, commit: Schema.String, tag: Schema.String, created: NullableText })
const ReleaseRow = Schema.Struct({
  release_id: Schema.String,
  tag: Schema.String,
  title: Schema.String,
  body: Schema.String,
  commit_id: NullableText,
  snapshot_id: NullableText,
  semver_major: Schema.Int,
  semver_minor: Schema.Int,
  semver_patch: Schema.Int,
  semver_pre: Schema.String,
  semver_build: Schema.String,
  channel: Schema.String,
  agent_id: Schema.String,
  model_id: Schema.String,
  changelog_json: Schema.String,
  is_draft: Schema.Boolean,
  gpg_signature: NullableText,
  created: NullableText
})
const SizesRow = Schema.Struct({
  id: Schema.String,
  commits: Schema.Finite,
  snapshots: Schema.Finite,
  objects: Schema.Finite,
  bytes: Schema.Finite,
  large_objects: Schema.Finite,
  large_bytes: Schema.Finite
})
const NameRow = Schema.Struct({ name: Schema.String })

/** Writes a moment with milliseconds and `Z`, as documents have it. */
const isoOf = (utc: string | null): string => {
  const millis = utc === null ? Number.NaN : Date.parse(`${utc}Z`)
  return new Date(Number.isNaN(millis) ? 0 : millis).toISOString()
}

/** Writes a moment as a client does. */
const clientTimeOf = (utc: string | null): string => {
  const [text = ""] = utc === null ? [] : renderings(utc)
  return text
}

/** Makes the client's lines of a change log; the legacy hub kept no times of them. */
const changelogOf = (text: string): ReadonlyArray<JsonObject> => {
  const json = Result.getOrElse(jsonColumn("changelog_json", text), () => [])
  const lines: ReadonlyArray<unknown> = Array.isArray(json) ? json : []
  return lines.map((line) => {
    const { timestamp, ...rest } = { ...(line as JsonObject) }
    const absent: JsonObject = { committed_at: timestamp ?? "", agent_id: "", model_id: "" }
    return { ...absent, ...rest }
  })
}

/** Tables and columns without which a database is not a legacy hub's. */
export const requireHub = (sql: PgClient.PgClient) =>
  sql`SELECT r.repo_id, r.owner, r.slug, r.name, r.visibility, r.description, r.default_branch, r.deleted_at,
        b.head_commit_id, c.parent_ids, s.created_at
      FROM musehub_repos r, musehub_branches b, musehub_commits c, musehub_snapshots s, musehub_objects o LIMIT 0`

export const makeHub = (client: LegacyClient, hold: LegacyHub["Service"]["hold"]): LegacyHub["Service"] => {
  const { location, sql } = client

  /** Says which of these tables there are: a version of a hub may lack some. */
  const tablesAmong = (names: ReadonlyArray<string>) =>
    Effect.map(
      rowsOf(
        client,
        "listing tables",
        NameRow,
        sql`SELECT name FROM unnest(${texts(names)}) AS name WHERE to_regclass(name) IS NOT NULL`
      ),
      (rows) => new Set(rows.map(({ name }) => name))
    )

  /** Reads a table that may not be there. */
  const optional = <A>(table: string, read: Effect.Effect<ReadonlyArray<A>, LegacyUnavailable>) =>
    Effect.flatMap(tablesAmong([table]), (found) => (found.has(table) ? read : Effect.succeed<ReadonlyArray<A>>([])))

  const repositories = Effect.gen(function* () {
    const hasDomains = (yield* tablesAmong(["musehub_domains"])).size > 0
    const domain = sql.literal(
      hasDomains
        ? `coalesce(r.domain_meta ->> 'domain', (SELECT d.slug FROM musehub_domains d WHERE d.domain_id = r.domain_id))`
        : `r.domain_meta ->> 'domain'`
    )
    const rows = yield* rowsOf(
      client,
      "listing repositories",
      RepositoryRow,
      sql`SELECT r.repo_id AS id, r.owner, r.slug, r.name, r.visibility, r.description, r.default_branch,
            ${domain} AS domain, to_char(r.created_at AT TIME ZONE 'UTC', ${timeFormat}) AS created
          FROM musehub_repos r WHERE r.deleted_at IS NULL
          ORDER BY r.owner COLLATE "C", r.slug COLLATE "C"`
    )
    return rows.map(({ created, default_branch, visibility, ...row }) => ({
      ...row,
      defaultBranch: default_branch,
      isPublic: visibility === "public",
      createdAt: isoOf(created)
    }))
  })

  const sizes = (largeFrom: number) =>
    Effect.map(
      rowsOf(
        client,
        "counting rows",
        SizesRow,
        sql`SELECT r.repo_id AS id, coalesce(c.rows, 0)::float8 AS commits, coalesce(s.rows, 0)::float8 AS snapshots,
              coalesce(o.rows, 0)::float8 AS objects, coalesce(o.bytes, 0)::float8 AS bytes,
              coalesce(o.large, 0)::float8 AS large_objects, coalesce(o.large_bytes, 0)::float8 AS large_bytes
            FROM musehub_repos r
            LEFT JOIN (SELECT repo_id, count(*) AS rows FROM musehub_commits GROUP BY repo_id) c USING (repo_id)
            LEFT JOIN (SELECT repo_id, count(*) AS rows FROM musehub_snapshots GROUP BY repo_id) s USING (repo_id)
            LEFT JOIN (
              SELECT repo_id, count(*) AS rows, sum(size_bytes) AS bytes,
                count(*) FILTER (WHERE size_bytes > ${largeFrom}) AS large,
                sum(size_bytes) FILTER (WHERE size_bytes > ${largeFrom}) AS large_bytes
              FROM musehub_objects GROUP BY repo_id
            ) o USING (repo_id)`
      ),
      (rows) =>
        new Map(
          rows.map(({ id, large_bytes, large_objects, ...row }) => [
            id,
            { ...row, largeObjects: large_objects, largeBytes: large_bytes }
          ])
        )
    )

  const people = Effect.gen(function* () {
    const names = new Map<string, string>()
    const owners = sql`SELECT DISTINCT owner_user_id AS id, owner AS name FROM musehub_repos`
    const profiles = sql`SELECT user_id AS id, username AS name FROM musehub_profiles`
    const identities = sql`SELECT id, handle AS name FROM musehub_identities WHERE deleted_at IS NULL
      UNION SELECT legacy_user_id, handle FROM musehub_identities
      WHERE deleted_at IS NULL AND legacy_user_id IS NOT NULL`
    const lists = [
      yield* rowsOf(client, "listing owners", PersonRow, owners),
      yield* optional("musehub_profiles", rowsOf(client, "listing profiles", PersonRow, profiles)),
      yield* optional("musehub_identities", rowsOf(client, "listing identities", PersonRow, identities))
    ]
    for (const list of lists) for (const { id, name } of list) names.set(id, name)
    return names
  })

  const branches = (repository: string) =>
    rowsOf(
      client,
      "listing branches",
      BranchRow,
      sql`SELECT DISTINCT name, nullif(head_commit_id, '') AS head FROM musehub_branches
          WHERE repo_id = ${repository} ORDER BY name, head`
    )

  const history = Effect.fn("LegacyHub.history")(function* (
    heads: ReadonlyArray<string>,
    stops: ReadonlyArray<string>
  ) {
    const rows = yield* rowsOf(
      client,
      "walking the history",
      NodeRow,
      sql`WITH RECURSIVE walk (id) AS (
            SELECT DISTINCT unnest(${texts(heads)})
            UNION
            SELECT parent.id FROM walk
            JOIN musehub_commits c ON c.commit_id = walk.id
            CROSS JOIN LATERAL json_array_elements_text(
              CASE WHEN json_typeof(c.parent_ids) = 'array' THEN c.parent_ids ELSE '[]' END
            ) AS parent (id)
            WHERE parent.id IS NOT NULL AND NOT walk.id = ANY(${texts(stops)})
          )
          SELECT c.commit_id AS id, c.snapshot_id AS snapshot,
            CASE WHEN octet_length(c.parent_ids::text) < 1000 THEN c.parent_ids::text END AS parents
          FROM walk JOIN musehub_commits c ON c.commit_id = walk.id`
    )
    const graph = new LegacyGraph()
    for (const { id, parents, snapshot } of rows) {
      graph.add({
        id,
        snapshot,
        parents: parents === null ? [] : Result.getOrElse(parentsOf(parents), () => [])
      })
    }
    return graph
  })

  const proposals = (repository: string) =>
    Effect.map(
      optional(
        "musehub_pull_requests",
        rowsOf(
          client,
          "listing pull requests",
          ProposalRow,
          sql`SELECT pr_id AS id, title, body, state, from_branch AS from, to_branch AS to,
                nullif(merge_commit_id, '') AS merge_commit, author,
                to_char(created_at AT TIME ZONE 'UTC', ${timeFormat}) AS created,
                to_char(merged_at AT TIME ZONE 'UTC', ${timeFormat}) AS merged
              FROM musehub_pull_requests WHERE repo_id = ${repository} ORDER BY created_at, pr_id COLLATE "C"`
        )
      ),
      (rows) =>
        rows.map(({ created, merge_commit, merged, ...row }) => ({
          ...row,
          mergeCommit: merge_commit,
          createdAt: isoOf(created),
          mergedAt: merged === null ? null : isoOf(merged)
        }))
    )

  const tags = (repository: string) =>
    Effect.map(
      optional(
        "musehub_wire_tags",
        rowsOf(
          client,
          "listing tags",
          TagRow,
          sql`SELECT tag_id AS id, commit_id AS commit, tag,
                to_char(created_at AT TIME ZONE 'UTC', ${timeFormat}) AS created
              FROM musehub_wire_tags WHERE repo_id = ${repository} ORDER BY tag_id COLLATE "C"`
        )
      ),
      (rows) =>
        rows.map(({ commit, created, id, tag }): JsonObject => ({
          tag_id: id,
          repo_id: repository,
          commit_id: commit,
          tag,
          created_at: clientTimeOf(created)
        }))
    )

  const releases = (repository: string) =>
    Effect.map(
      optional(
        "musehub_releases",
        rowsOf(
          client,
          "listing releases",
          ReleaseRow,
          sql`SELECT release_id, tag, title, body, commit_id, snapshot_id, semver_major, semver_minor, semver_patch,
                semver_pre, semver_build, channel, agent_id, model_id, changelog_json, is_draft, gpg_signature,
                to_char(created_at AT TIME ZONE 'UTC', ${timeFormat}) AS created
              FROM musehub_releases WHERE repo_id = ${repository} ORDER BY created_at, release_id COLLATE "C"`
        )
      ),
      (rows) =>
        rows.map((row): JsonObject => {
          const { changelog_json, created, gpg_signature } = row
          const { semver_build, semver_major, semver_minor, semver_patch, semver_pre, ...rest } = row
          const { changelog_json: _, created: __, ...kept } = rest
          return {
            ...kept,
            repo_id: repository,
            gpg_signature: gpg_signature ?? "",
            changelog: changelogOf(changelog_json),
            created_at: clientTimeOf(created),
            semver: {
              major: semver_major,
              minor: semver_minor,
              patch: semver_patch,
              pre: semver_pre,
              build: semver_build
            }
          }
        })
    )

  const collaborators = (repository: string) =>
    Effect.map(
      optional(
        "musehub_collaborators",
        rowsOf(
          client,
          "listing collaborators",
          CollaboratorRow,
          sql`SELECT user_id, permission FROM musehub_collaborators
              WHERE repo_id = ${repository} AND accepted_at IS NOT NULL ORDER BY user_id`
        )
      ),
      (rows) => rows.map(({ permission, user_id }) => ({ user: user_id, permission }))
    )

  return LegacyHub.of({
    location,
    hold,
    repositories,
    sizes,
    people,
    branches,
    history,
    proposals,
    tags,
    releases,
    collaborators
  })
}
