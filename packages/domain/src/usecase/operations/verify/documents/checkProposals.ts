/** Checks the documents beside a root, proposals and remarks, and the rows of proposals. */
import { Effect, Option, Result, Schema, Stream } from "effect"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { readAnnotation, readProposal } from "../../../../invariant/RepositoryDocuments.ts"
import { CommitId, type RepositoryId } from "../../../../object/Id.ts"
import { ProposalIndex, type ProposalRow } from "../../../../port/index/ProposalIndex.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { documentPath } from "../../../../port/StoreKey.ts"
import { storeConcurrency } from "../../../../port/storeConcurrency.ts"
import { openEntry } from "../../../../repository/openProposals.ts"
import { type Proposal, ProposalNumber } from "../../../../repository/Proposal.ts"
import type { Root } from "../../../../repository/Root.ts"
import type { Inspection } from "../Inspection.ts"
import type { ObjectTable } from "../packs/ObjectTable.ts"
import { isHeldNow } from "../packs/packsNow.ts"

/** Names, or rows, per page. */
const pageSize = 500

const decodeNumber = Schema.decodeUnknownOption(ProposalNumber)
const decodeCommit = Schema.decodeUnknownOption(CommitId)

const keyOf = (repository: RepositoryId, number: ProposalNumber) => ({ kind: "proposal", repository, number }) as const

/** Says what a proposal names that is not there. */
const lostOf = Effect.fnUntraced(function* (repository: RepositoryId, { merged }: Proposal, table: ObjectTable) {
  if (merged === null) return undefined
  const { commit, snapshot } = merged
  if (!(yield* isHeldNow(repository, table, { type: "commit", id: commit }))) return `commit ${commit}`
  return (yield* isHeldNow(repository, table, { type: "snapshot", id: snapshot })) ? undefined : `snapshot ${snapshot}`
})

const checkProposal = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  number: ProposalNumber,
  table: ObjectTable
) {
  const place = documentPath(keyOf(repository, number))
  const read = yield* Effect.result(readProposal(repository, number))
  if (Result.isFailure(read)) {
    if (!isLoss(read.failure)) return yield* read.failure
    return yield* inspection.report("ProposalDamaged", place, read.failure.reason)
  }
  // One that no root ever listed is deleted by whoever finds it.
  if (Option.isNone(read.success)) return
  const { value } = read.success.value
  if (value.repository !== repository || value.number !== number) {
    return yield* inspection.report("ProposalDamaged", place, `is proposal ${value.number} of ${value.repository}`)
  }
  const lost = yield* lostOf(repository, value, table)
  if (lost !== undefined) {
    yield* inspection.report("ProposalAstray", place, `was merged into ${lost}, which is in no named pack`)
  }
})

const rowFields = ["number", "title", "author", "from", "to", "state", "createdAt", "updatedAt"] as const

/** Compares a row with the document of its proposal, which may be newer: the row follows it. */
const checkRow = Effect.fnUntraced(function* (inspection: Inspection, root: Root, row: ProposalRow) {
  const repository = root.repository.id
  const place = `the row of proposal ${row.number} of repository ${repository}`
  const read = yield* Effect.result(readProposal(repository, row.number))
  if (Result.isFailure(read)) return yield* isLoss(read.failure) ? Effect.void : Effect.fail(read.failure)
  if (Option.isNone(read.success)) {
    // Of one that is open, the root told before that its document is gone.
    if (openEntry(root, row.number) !== undefined) return
    return yield* inspection.report("RowAstray", place, "is of a proposal without document")
  }
  const { value } = read.success.value
  if (value.updatedAt > row.updatedAt) return
  const different = rowFields.filter((field) => value[field] !== row[field])
  if (different.length > 0) yield* inspection.report("RowDiffers", place, `differs from it in ${different.join(", ")}`)
})

/** Checks the proposals of a repository, and their rows if `isIndexed`. */
export const checkProposals = Effect.fnUntraced(function* (
  inspection: Inspection,
  root: Root,
  table: ObjectTable,
  isIndexed: boolean
) {
  const { documents } = yield* ObjectStore
  const { id } = root.repository
  const seen = new Set<number>()
  yield* everyItem(pageSize, (page) => documents.list({ kind: "proposal", repository: id }, page)).pipe(
    Stream.mapEffect(
      (name) => {
        const number = decodeNumber(Number(name))
        if (Option.isNone(number)) return Effect.void
        seen.add(number.value)
        return checkProposal(inspection, id, number.value, table)
      },
      { concurrency: storeConcurrency, unordered: true }
    ),
    Stream.runDrain
  )
  for (const { number } of root.proposals.open) {
    if (seen.has(number)) continue
    yield* inspection.report(
      "ProposalAstray",
      documentPath(keyOf(id, number)),
      "is not there, and the root has it open"
    )
  }
  if (!isIndexed) return
  const index = yield* ProposalIndex
  yield* everyItem(pageSize, (page) => index.proposals(id, {}, page)).pipe(
    Stream.mapEffect((row) => checkRow(inspection, root, row), { concurrency: storeConcurrency, unordered: true }),
    Stream.runDrain
  )
})

/** Checks the remarks on commits. */
export const checkAnnotations = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  table: ObjectTable
) {
  const { documents } = yield* ObjectStore
  const check = Effect.fnUntraced(function* (name: string) {
    const commit = decodeCommit(name)
    if (Option.isNone(commit)) return
    const place = documentPath({ kind: "annotation", repository, commit: commit.value })
    const read = yield* Effect.result(readAnnotation(repository, commit.value))
    if (Result.isFailure(read)) {
      if (!isLoss(read.failure)) return yield* read.failure
      return yield* inspection.report("AnnotationDamaged", place, read.failure.reason)
    }
    if (Option.isNone(read.success)) return
    const { value } = read.success.value
    if (value.repository !== repository || value.commit !== commit.value) {
      return yield* inspection.report(
        "AnnotationDamaged",
        place,
        `is about commit ${value.commit} of ${value.repository}`
      )
    }
    if (!(yield* isHeldNow(repository, table, { type: "commit", id: commit.value }))) {
      yield* inspection.report("AnnotationDamaged", place, "is about a commit that is in no named pack")
    }
  })
  yield* everyItem(pageSize, (page) => documents.list({ kind: "annotation", repository }, page)).pipe(
    Stream.mapEffect(check, { concurrency: storeConcurrency, unordered: true }),
    Stream.runDrain
  )
})
