/** Lists the rows of tables as Postgres has them, so that two indexes can be compared. */
import { searchTextOf } from "@musehub/domain/hub/PublishedDomain"
import type { TableIndex } from "@musehub/domain/port/index/TableIndex"
import type { ComparedTableName } from "@musehub/domain/port/tables/comparedTables"
import { Effect, Option } from "effect"
import type { Rows } from "../../rows/Rows.ts"
import { repositoryRows, type RepositoryTable } from "./repositoryTables.ts"
import { tableRowsOf, type Values } from "./tableRows.ts"

/** The rows of tables of the hub. */
const hubTables = {
  hub: ({ hub }) => (hub === undefined ? [] : [{ id: hub }]),
  users: ({ users }) => Array.from(users.values(), ({ createdAt, name }) => ({ name, created_at: createdAt })),
  tokens: ({ tokens }) =>
    Array.from(tokens.values(), ({ createdAt, expiresAt, revokedAt, ...token }) => ({
      ...token,
      created_at: createdAt,
      expires_at: expiresAt,
      revoked_at: revokedAt
    })),
  domains: ({ domains }) =>
    Array.from(domains, ([name, domain]) => ({
      name,
      revision: domain.revision,
      search_text: searchTextOf(domain)
    }))
} satisfies { readonly [T in Exclude<ComparedTableName, RepositoryTable>]: (rows: Rows) => ReadonlyArray<Values> }

const isHubTable = (table: ComparedTableName): table is keyof typeof hubTables => Object.hasOwn(hubTables, table)

export const make = (rows: Rows): TableIndex["Service"] => ({
  tableRows: (request) =>
    Effect.sync(() => {
      const { repository, table } = request
      if (isHubTable(table)) return tableRowsOf(hubTables[table](rows), request)
      if (repository === null) return []
      const document = rows.roots.get(repository)
      const root = document && { document, sequence: rows.roots.sequenceOf(document) }
      return tableRowsOf(repositoryRows(table, rows.of(repository), root), request)
    }),
  repositoryAfter: (after) =>
    Effect.sync(() => {
      const ids = new Set([...rows.roots.all.keys(), ...rows.repositories.keys()])
      return Option.fromUndefinedOr([...ids].toSorted().find((id) => after === undefined || id > after))
    })
})
