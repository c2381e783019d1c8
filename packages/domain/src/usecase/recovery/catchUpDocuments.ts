/**
 * Brings the index up to the documents beside a repository's root: reads the proposals and annotations that the index
 * lacks from the store.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { readAnnotation, readProposal } from "../../invariant/RepositoryDocuments.ts"
import { CommitId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import type { DocumentCollection } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { ProposalNumber } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"

/** The number of names, or rows, per page. */
const pageSize = 500

const eachOf = Effect.fnUntraced(function* <E, R>(
  collection: DocumentCollection,
  take: (name: string) => Effect.Effect<void, E, R>
) {
  const store = yield* ObjectStore
  yield* everyItem(pageSize, (page) => store.documents.list(collection, page)).pipe(
    Stream.mapEffect(take, { concurrency: storeConcurrency, unordered: true }),
    Stream.runDrain
  )
})

const decodeNumber = Schema.decodeUnknownOption(ProposalNumber)
const decodeCommit = Schema.decodeUnknownOption(CommitId)

/** Returns the numbers of the proposals that are open in the index. */
const openRows = Effect.fnUntraced(function* (repository: Root["repository"]["id"]) {
  const index = yield* ProposalIndex
  const rows = everyItem(pageSize, (page) => index.proposals(repository, { state: "open" }, page))
  return new Set((yield* Stream.runCollect(rows)).map(({ number }) => number))
})

/** Rows among which numbers are missed: proposals of other hubs may be followed in another order. */
const newestRows = 100

/** Returns the numbers up to `last` that have no row. Their proposals may be closed again. */
const unrecordedNumbers = Effect.fnUntraced(function* (repository: Root["repository"]["id"], last: number) {
  const index = yield* ProposalIndex
  const { items } = yield* index.proposals(repository, {}, { limit: newestRows })
  const recorded = new Set(items.map(({ number }) => number))
  const oldest = items.length < newestRows ? 0 : Math.min(...recorded)
  const numbers = Array.from({ length: Math.max(0, last - oldest) }, (_, place) =>
    ProposalNumber.make(oldest + place + 1)
  )
  return numbers.filter((number) => !recorded.has(number))
})

export type CatchUpDocumentsError = ObjectCorrupt | StoreUnavailable | IndexUnavailable

/**
 * With `fromNothing`, records everything again. Otherwise reads only the proposals that are new, and those that are
 * open in the root or in the index but not in both.
 */
export const catchUpDocuments = Effect.fn("catchUpDocuments")(function* (
  root: Root,
  fromNothing: boolean
): Effect.fn.Return<void, CatchUpDocumentsError, CommitIndex | ObjectStore | ProposalIndex> {
  const proposalIndex = yield* ProposalIndex
  const commitIndex = yield* CommitIndex
  const repository = root.repository.id
  const recordProposal = Effect.fnUntraced(function* (number: ProposalNumber) {
    const proposal = yield* readProposal(repository, number)
    if (Option.isSome(proposal)) yield* proposalIndex.recordProposal(proposal.value)
  })
  const recordAnnotation = Effect.fnUntraced(function* (commit: CommitId) {
    const annotation = yield* readAnnotation(repository, commit)
    if (Option.isSome(annotation)) yield* commitIndex.recordAnnotation(annotation.value)
  })
  if (fromNothing) {
    yield* eachOf({ kind: "proposal", repository }, (name) =>
      Option.match(decodeNumber(Number(name)), { onNone: () => Effect.void, onSome: recordProposal })
    )
    yield* eachOf({ kind: "annotation", repository }, (name) =>
      Option.match(decodeCommit(name), { onNone: () => Effect.void, onSome: recordAnnotation })
    )
    return
  }
  const open = new Set(root.proposals.open.map(({ number }) => number))
  const recorded = yield* openRows(repository)
  const fresh = new Set(yield* unrecordedNumbers(repository, root.proposals.last))
  yield* Effect.forEach(open.symmetricDifference(recorded).union(fresh), recordProposal, {
    concurrency: storeConcurrency,
    discard: true
  })
})
