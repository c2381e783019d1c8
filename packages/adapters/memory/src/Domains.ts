/** The rows of published domains in the memory index. */
import { type PublishedDomain, domainDocument, searchable, searchTextOf } from "@musehub/domain/hub/PublishedDomain"
import { type Page, pageOf, type PageRequest } from "@musehub/domain/port/Page"
import type { DocumentName } from "@musehub/domain/repository/Names"

export class Domains {
  private readonly rows = new Map<DocumentName, PublishedDomain>()

  record(domain: PublishedDomain): void {
    const name = domainDocument(domain)
    const recorded = this.rows.get(name)
    if (recorded === undefined || recorded.revision < domain.revision) this.rows.set(name, domain)
  }

  /** Returns the rows as Postgres has them. */
  values() {
    return Array.from(this.rows, ([name, domain]) => ({
      name,
      revision: domain.revision,
      search_text: searchTextOf(domain)
    }))
  }

  known(names: ReadonlyArray<DocumentName>): ReadonlySet<DocumentName> {
    return new Set(names.filter((name) => this.rows.has(name)))
  }

  search(text: string, page: PageRequest): Page<DocumentName> {
    const wanted = searchable(text)
    const found = [...this.rows].filter(([, domain]) => searchTextOf(domain).includes(wanted)).map(([name]) => name)
    return pageOf(found.toSorted(), (name) => name, page)
  }
}
