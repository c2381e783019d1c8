/** Statements about published domains. Their text is folded by the domain, so that every index finds the same. */
import type { SqlClient } from "effect/sql"
import { domainDocument, searchable, searchTextOf } from "@musehub/domain/hub/PublishedDomain"
import type { DomainIndex } from "@musehub/domain/port/index/DomainIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, Schema } from "effect"
import { asOperation } from "../Errors.ts"
import { placeAfter, textArray, withoutNul } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const nameRows = decoded(Schema.Struct({ name: DocumentName }))

export const make = (sql: SqlClient.SqlClient): DomainIndex["Service"] => ({
  recordDomain: Effect.fnUntraced(function* ({ value: domain }) {
    yield* sql`
      INSERT INTO domains AS d (name, revision, search_text)
      VALUES (${domainDocument(domain)}, ${domain.revision}, ${withoutNul(searchTextOf(domain))})
      ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, search_text = excluded.search_text
      WHERE d.revision < excluded.revision`
  }, asOperation("recordDomain")),
  knownDomains: (names) =>
    nameRows(sql`SELECT name FROM domains WHERE name = ANY (${textArray(names)}::text[])`).pipe(
      Effect.map((rows) => new Set(rows.map(({ name }) => name))),
      asOperation("knownDomains")
    ),
  searchDomains: (text, page) =>
    nameRows(sql`
      SELECT name
      FROM domains
      WHERE strpos(search_text, ${withoutNul(searchable(text))}) > 0 AND name > ${placeAfter(page)}
      ORDER BY name
      LIMIT ${page.limit + 1}`).pipe(
      Effect.map((rows) =>
        pageOf(
          rows.map(({ name }) => name),
          (name) => name,
          { limit: page.limit }
        )
      ),
      asOperation("searchDomains")
    )
})
