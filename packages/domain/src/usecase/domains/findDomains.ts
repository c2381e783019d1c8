/** Shows, lists and searches published domains. */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { domainDocument, DomainSlug, type PublishedDomain } from "../../hub/PublishedDomain.ts"
import { listHubDocuments, witnessDomain } from "../../invariant/HubDocuments.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { DomainIndex } from "../../port/index/DomainIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { DocumentName, UserName } from "../../repository/Names.ts"
import { catchUpDomains } from "../recovery/catchUpDomains.ts"

/** The hub has no domain of this name. */
export class DomainUnknown extends Schema.TaggedError<DomainUnknown>()("DomainUnknown", {
  kind: errorKind("not found"),
  scopedId: Schema.String
}) {
  override get message() {
    return `there is no domain ${JSON.stringify(cut(this.scopedId, 200))}`
  }
}

const decodeAddress = Schema.decodeUnknownOption(Schema.Struct({ author_slug: UserName, slug: DomainSlug }))

export type ShowDomainError = DomainUnknown | ObjectCorrupt | StoreUnavailable

/** Returns a domain from the store, so it works while the index is down. */
export const showDomain = Effect.fn("showDomain")(function* (
  author: string,
  slug: string
): Effect.fn.Return<PublishedDomain, ShowDomainError, ObjectStore> {
  const unknown = () => new DomainUnknown({ scopedId: `@${author}/${slug}` })
  const address = yield* Effect.fromOption(decodeAddress({ author_slug: author, slug }), unknown)
  const { value } = yield* Effect.fromOption(yield* witnessDomain(domainDocument(address)), unknown)
  return value
})

const shown = Effect.fnUntraced(function* (name: DocumentName) {
  const found = yield* witnessDomain(name).pipe(
    // One damaged domain must not hide all the others.
    Effect.catchTag("ObjectCorrupt", (error) =>
      Effect.as(Effect.logError("a domain is left out of a list", error), Option.none())
    )
  )
  return Option.map(found, ({ value }) => value)
})

const decodeName = Schema.decodeUnknownOption(DocumentName)

export type FindDomainsError = CursorRefused | StoreUnavailable | IndexUnavailable

/**
 * Lists domains in order of author and slug; with a `text`, those whose name, title or description contains it. A page
 * may be short before the end. A search needs the index, and the first page of one gives a lost index its rows back.
 */
export const findDomains = Effect.fn("findDomains")(function* (
  { text }: { readonly text?: string | undefined },
  page: PageRequest
): Effect.fn.Return<Page<PublishedDomain>, FindDomainsError, DomainIndex | ObjectStore> {
  const index = yield* DomainIndex
  if (page.after !== undefined && Option.isNone(decodeName(page.after))) {
    return yield* new CursorRefused({ reason: "is not from an earlier answer" })
  }
  if (text !== undefined && page.after === undefined) yield* catchUpDomains()
  const { items, next } = yield* text === undefined
    ? listHubDocuments("domains", page)
    : index.searchDomains(text, page)
  const found = yield* Effect.forEach(items, shown, { concurrency: storeConcurrency })
  return { items: found.flatMap(Option.toArray), next }
})
