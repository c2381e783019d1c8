/** Records published domains, and searches them. */
import { domainDocument, searchable, searchTextOf } from "@musehub/domain/hub/PublishedDomain"
import type { DomainIndex } from "@musehub/domain/port/index/DomainIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { Effect } from "effect"
import type { Rows } from "../rows/Rows.ts"

export const make = ({ domains }: Rows): DomainIndex["Service"] => ({
  recordDomain: ({ value: domain }) =>
    Effect.sync(() => {
      const name = domainDocument(domain)
      const recorded = domains.get(name)
      if (recorded === undefined || recorded.revision < domain.revision) domains.set(name, domain)
    }),
  knownDomains: (names) => Effect.sync(() => new Set(names.filter((name) => domains.has(name)))),
  searchDomains: (text, page) =>
    Effect.sync(() => {
      const wanted = searchable(text)
      const found = [...domains].filter(([, domain]) => searchTextOf(domain).includes(wanted)).map(([name]) => name)
      return pageOf(found.toSorted(), (name) => name, page)
    })
})
