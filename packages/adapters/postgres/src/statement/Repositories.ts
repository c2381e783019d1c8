/** Statements about repositories: updating one to its root, and finding them. */
import { HubIdentity } from "@musehub/domain/hub/HubIdentity"
import type { SqlClient } from "effect/sql"
import { Sha256 } from "@musehub/domain/object/Id"
import type { RepositoryIndex, RepositoryRow } from "@musehub/domain/port/index/RepositoryIndex"
import { keptManifestEntriesMax, keptManifestsMax } from "@musehub/domain/port/index/ObjectIndex"
import { pageOf } from "@musehub/domain/port/Page"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import { Repository, type Root } from "@musehub/domain/repository/Root"
import { Effect, Option, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { placeAfter, textArray, withoutNul } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const Row = Schema.Struct({
  ...Repository.fields,
  branches: Schema.Int,
  rootSequence: Schema.Int,
  rootSha256: Sha256
})
const repositoryRows = decoded(Row)

const repositoryRow = (row: typeof Row.Type): RepositoryRow => {
  const { branches, rootSequence, rootSha256, ...repository } = row
  return { repository, branches, rootSequence, rootSha256 }
}

/** Returns a repository's key in the list: neither part can contain a slash. */
const keyOf = ({ repository }: RepositoryRow): string => `${repository.owner}/${repository.slug}`

const countRows = decoded(
  Schema.Struct({ repositories: Schema.Int, commits: Schema.Int, snapshots: Schema.Int, blobs: Schema.Int })
)

const hubRows = decoded(HubIdentity)

/** The sequence of a root that is none: the repository is listed, and has no rows yet. */
const listedOnly = -1

/** Updates a repository to a root, as an expression that says whether it is later than the reflected one. */
const updated = (sql: SqlClient.SqlClient, { sha256, value }: StoredDocument<Root>, sequence: number): Fragment => {
  const { repository, heads, grants, offeredTo } = value
  return sql`
    reflect_root(
      ROW (
        ${repository.id}, ${repository.owner}, ${repository.slug}, ${withoutNul(repository.name)},
        ${repository.visibility}, ${withoutNul(repository.description)}, ${repository.domain},
        ${repository.defaultBranch}, ${repository.archived},
        ${repository.forkOf === null ? null : JSON.stringify(repository.forkOf)}::jsonb,
        ${repository.createdAt}, ${sequence}, ${sha256}, ${offeredTo}, ${heads.count}
      )::repositories,
      ${textArray(grants.map(([user]) => user))}::text[],
      ${textArray(grants.map(([, role]) => role))}::text[]
    )`
}

/** Updates a repository to a root, as an expression. */
export const reflecting = (sql: SqlClient.SqlClient, root: StoredDocument<Root>): Fragment => sql`
  CASE WHEN ${updated(sql, root, root.value.sequence)} THEN evict_manifests(
    ${root.value.repository.id}, ${keptManifestsMax}::integer, ${keptManifestEntriesMax}::bigint
  ) END`

export const make = (sql: SqlClient.SqlClient) => {
  const enlist: RepositoryIndex["Service"]["enlist"] = (root) =>
    sql`SELECT ${updated(sql, root, listedOnly)}`.unprepared.pipe(Effect.asVoid, asOperation("enlist"))

  const forget: RepositoryIndex["Service"]["forget"] = (repository) =>
    sql`SELECT forget_repository(${repository})`.pipe(Effect.asVoid, asOperation("forget"))

  const select = (where: Fragment, limit: number) =>
    repositoryRows(sql`
      SELECT r.id, r.owner, r.name, r.slug, r.visibility, r.description, r.domain,
             r.default_branch AS "defaultBranch",
             r.archived,
             r.fork_of AS "forkOf",
             r.created_at AS "createdAt",
             r.branches,
             r.root_sequence::float8 AS "rootSequence",
             r.root_sha256 AS "rootSha256"
      FROM repositories r
      WHERE ${where}
      ORDER BY r.owner, r.slug
      LIMIT ${limit}`).pipe(Effect.map((rows) => rows.map(repositoryRow)))

  const first = (where: Fragment) => Effect.map(select(where, 1), ([row]) => Option.fromUndefinedOr(row))

  const repositoryByName: RepositoryIndex["Service"]["repositoryByName"] = (owner, slug) =>
    first(sql`r.owner = ${owner} AND r.slug = ${slug}`).pipe(asOperation("repositoryByName"))

  const repositories: RepositoryIndex["Service"]["repositories"] = ({ owner, slug }, page) => {
    const [afterOwner = "", afterSlug = ""] = placeAfter(page).split("/")
    const owned = owner === undefined ? sql`true` : sql`r.owner = ${owner}`
    const named = slug === undefined ? sql`true` : sql`r.slug = ${slug}`
    return select(
      sql`${owned} AND ${named} AND (r.owner, r.slug) > (${afterOwner}, ${afterSlug})`,
      page.limit + 1
    ).pipe(
      Effect.map((rows) => pageOf(rows, keyOf, { limit: page.limit })),
      asOperation("repositories")
    )
  }

  const readableRepositories: RepositoryIndex["Service"]["readableRepositories"] = (
    reader,
    { granted, owner },
    page
  ) => {
    const [afterOwner = "", afterSlug = ""] = placeAfter(page).split("/")
    const owned = owner === undefined ? sql`true` : sql`r.owner = ${owner}`
    const ahead = sql`${owned} AND (r.owner, r.slug) > (${afterOwner}, ${afterSlug})
      ORDER BY r.owner, r.slug LIMIT ${page.limit + 1}`
    const only = reader === null || reader.repository === null ? sql`true` : sql`r.id = ${reader.repository}`
    // Each part reads an index in the order of the list, or what the reader was given, in an array that the planner
    // cannot see: for a join, or one condition, it would read what is hidden from the reader too.
    const ofReader =
      reader === null
        ? sql``
        : sql`
      UNION (SELECT r.id FROM repositories r WHERE r.owner = ${reader.user} AND ${only} AND ${ahead})
      UNION (SELECT r.id FROM repositories r WHERE r.id = ANY (ARRAY (
               SELECT g.repository FROM grants g WHERE g."user" = ${reader.user}
               UNION ALL
               SELECT o.id FROM repositories o WHERE o.offered_to = ${reader.user})) AND ${only} AND ${ahead})`
    const ofTeams =
      granted === undefined || granted.length === 0
        ? sql``
        : sql`
      UNION (SELECT r.id FROM repositories r WHERE r.id = ANY (ARRAY (
               SELECT t.id FROM repositories t
               JOIN unnest(
                 ${textArray(granted.map((name) => name.owner))}::text[],
                 ${textArray(granted.map((name) => name.slug))}::text[]
               ) AS n (owner, slug) USING (owner, slug))) AND ${ahead})`
    return select(
      sql`r.id IN (
      (SELECT r.id FROM repositories r WHERE r.visibility = 'public' AND ${ahead})${ofReader}${ofTeams})`,
      page.limit + 1
    ).pipe(
      Effect.map((rows) => pageOf(rows, keyOf, { limit: page.limit })),
      asOperation("readableRepositories")
    )
  }

  const counts: RepositoryIndex["Service"]["counts"] = countRows(sql`
    SELECT (SELECT count(*) FROM repositories)::float8 AS repositories,
           (SELECT count(*) FROM commits)::float8 AS commits,
           (SELECT count(*) FROM snapshots)::float8 AS snapshots,
           (SELECT count(*) FROM blobs)::float8 AS blobs`).pipe(
    Effect.map(([row]) => row ?? { repositories: 0, commits: 0, snapshots: 0, blobs: 0 }),
    asOperation("counts")
  )

  const hub: RepositoryIndex["Service"]["hub"] = hubRows(sql`SELECT id FROM hub`).pipe(
    Effect.map(([row]) => Option.fromUndefinedOr(row?.id)),
    asOperation("hub")
  )

  // Of two hubs that start at once the first inserts the row, and both return it.
  const belongTo: RepositoryIndex["Service"]["belongTo"] = (wanted) =>
    hubRows(sql`
      INSERT INTO hub AS h (id) VALUES (${wanted}) ON CONFLICT (only_one) DO UPDATE SET id = h.id RETURNING id`).pipe(
      Effect.map(([row]) => row?.id ?? wanted),
      asOperation("belongTo")
    )

  return { hub, belongTo, enlist, forget, repositoryByName, repositories, readableRepositories, counts }
}
