/** Published domains, so that they can be searched. What a domain says is read from the store. */
import { Context, type Effect } from "effect"
import type { PublishedDomain } from "../../hub/PublishedDomain.ts"
import type { DocumentName } from "../../repository/Names.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export class DomainIndex extends Context.Service<
  DomainIndex,
  {
    /** Inserts the domain or updates its row to this state. An earlier revision changes nothing. */
    readonly recordDomain: (domain: StoredDocument<PublishedDomain>) => Effect.Effect<void, IndexUnavailable>
    /** Returns which of the documents have a row. */
    readonly knownDomains: (
      names: ReadonlyArray<DocumentName>
    ) => Effect.Effect<ReadonlySet<DocumentName>, IndexUnavailable>
    /**
     * Lists the documents of the domains whose search text (`searchTextOf`) contains `text`, without regard to case, in
     * ascending order of name.
     */
    readonly searchDomains: (text: string, page: PageRequest) => Effect.Effect<Page<DocumentName>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/DomainIndex") {}
