/** Gives the index the domains that it lacks: all of them after it was lost. */
import { Effect, Option, Stream } from "effect"
import { listHubDocuments, witnessDomain } from "../../invariant/HubDocuments.ts"
import { DomainIndex } from "../../port/index/DomainIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { DocumentName } from "../../repository/Names.ts"

/** The number of names per page. */
const pageSize = 1000

const record = Effect.fnUntraced(function* (name: DocumentName) {
  const index = yield* DomainIndex
  const stored = yield* witnessDomain(name).pipe(
    // One damaged domain must not end every search.
    Effect.catchTag("ObjectCorrupt", (error) =>
      Effect.as(Effect.logError("a domain is left out of the index", error), Option.none())
    )
  )
  if (Option.isSome(stored)) yield* index.recordDomain(stored.value)
})

export type CatchUpDomainsError = StoreUnavailable | IndexUnavailable

/** Compares the names in the store with those in the index. If none is missing, this takes one call to each. */
export const catchUpDomains = Effect.fn("catchUpDomains")(function* (): Effect.fn.Return<
  void,
  CatchUpDomainsError,
  DomainIndex | ObjectStore
> {
  const index = yield* DomainIndex
  yield* everyItem(pageSize, (page) => listHubDocuments("domains", page)).pipe(
    Stream.grouped(pageSize),
    Stream.mapEffect(
      Effect.fnUntraced(function* (names) {
        const known = yield* index.knownDomains(names)
        const missing = names.filter((name) => !known.has(name))
        yield* Effect.forEach(missing, record, { concurrency: storeConcurrency, discard: true })
      })
    ),
    Stream.runDrain
  )
})
