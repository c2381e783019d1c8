/**
 * Brings the index up to the documents of a repository that lie beside its root: what the index does not know of
 * proposals and annotations is read from the store.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { readAnnotation, readProposal } from "../../invariant/RepositoryDocuments.ts"
import { CommitId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { everyItem } from "../../port/Page.ts"
import type { DocumentCollection } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { ProposalNumber } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"

/** Names in a listing, and rows, that are asked for at a time. */
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

/** The open proposals as the index has them. */
const openRows = Effect.fnUntraced(function* (repository: Root["repository"]["id"]) {
  const index = yield* ProposalIndex
  const rows = everyItem(pageSize, (page) => index.proposals(repository, { state: "open" }, page))
  return new Set((yield* Stream.runCollect(rows)).map(({ number }) => number))
})

/**
 * With `fromNothing`, everything is recorded anew. Otherwise only proposals are looked at that the root and the index
 * do not both take for open.
 */
export const catchUpDocuments = Effect.fn("catchUpDocuments")(function* (root: Root, fromNothing: boolean) {
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
  yield* Effect.forEach(open.symmetricDifference(recorded), recordProposal, {
    concurrency: storeConcurrency,
    discard: true
  })
})
