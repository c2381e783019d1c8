/**
 * Lists proposals, newest first. The root decides which ones are open; the index has the rows. Documents are read where
 * the index lacks a row or is unavailable.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { readProposal } from "../../invariant/RepositoryDocuments.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { everyItem, type Page, type PageRequest } from "../../port/Page.ts"
import { ProposalIndex, type ProposalRow } from "../../port/index/ProposalIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { ProposalNumber, type ProposalState } from "../../repository/Proposal.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { findProposal, type FoundProposal } from "./findProposal.ts"
import { openEntry } from "../../repository/openProposals.ts"
import { recordProposal } from "./settleProposal.ts"

/** The number of rows per page when all open proposals are read. */
const rowsPerQuestion = 500
/**
 * The maximum number of documents that one page reads without the index. A page that found fewer proposals still has a
 * next cursor.
 */
const documentsPerPage = 1000

export interface ProposalFilter {
  readonly state?: ProposalState | undefined
}

/** Where a page begins: below this number and, if the page before came from the index, after its cursor. */
interface Cursor {
  readonly below: number
  readonly indexAfter: string | undefined
}

const cursorText = (below: number, indexAfter?: string): string =>
  indexAfter === undefined ? String(below) : `${below}.${indexAfter}`

/** Returns undefined for text that is not a cursor of this list. */
const cursorOf = (after: string): Cursor | undefined => {
  const [, below, indexAfter] = /^(\d{1,9})(?:\.(.+))?$/s.exec(after) ?? []
  return below === undefined ? undefined : { below: Number(below), indexAfter }
}

const nothing: Page<ProposalRow> = { items: [], next: Option.none() }

const rowOf = ({ proposal, state, from, to }: FoundProposal): ProposalRow => {
  const { author, createdAt, number, title, updatedAt } = proposal
  return { number, title, author, from, to, state, createdAt, updatedAt }
}

/** Returns the row according to document and roots; none if there is no such proposal. */
const readRow = Effect.fnUntraced(function* (open: OpenRepository, number: ProposalNumber) {
  return yield* findProposal(open, number).pipe(
    Effect.map((found) => Option.some(rowOf(found))),
    Effect.catchTag("ProposalUnknown", () => Effect.succeed(Option.none<ProposalRow>()))
  )
})

/** Brings a proposal's document up to the root, and its row up to the document. */
const bringUp = Effect.fnUntraced(function* (open: OpenRepository, number: ProposalNumber) {
  yield* readRow(open, number)
  const proposal = yield* readProposal(open.id, number)
  if (Option.isSome(proposal)) yield* recordProposal(proposal.value)
})

/** Returns the rows that are open in the index. Where the root disagrees, updates row and document. */
const openRows = Effect.fnUntraced(function* (open: OpenRepository) {
  const index = yield* ProposalIndex
  const listed = everyItem(rowsPerQuestion, (page) => index.proposals(open.id, { state: "open" }, page))
  const rows = new Map((yield* Stream.runCollect(listed)).map((row) => [row.number, row]))
  const named = new Set(open.root.value.proposals.open.map(({ number }) => number))
  const behind = named.symmetricDifference(new Set(rows.keys()))
  yield* Effect.forEach(behind, (number) => bringUp(open, number), { concurrency: storeConcurrency, discard: true })
  return rows
})

/** Lists the open proposals of the root. */
const listOpen = Effect.fnUntraced(function* (open: OpenRepository, { below }: Cursor, limit: number) {
  const entries = open.root.value.proposals.open.filter(({ number }) => number < below).toReversed()
  const shown = entries.slice(0, limit)
  const rows = open.indexed ? yield* openRows(open) : new Map<ProposalNumber, ProposalRow>()
  const items = yield* Effect.forEach(
    shown,
    ({ from, number, to }) => {
      const row = rows.get(number)
      return row === undefined ? readRow(open, number) : Effect.succeedSome({ ...row, from, to })
    },
    { concurrency: storeConcurrency }
  )
  const last = shown.at(-1)
  const page: Page<ProposalRow> = {
    // A proposal that ended after the root was read may be found ended.
    items: items.flatMap(Option.toArray).filter(({ state }) => state === "open"),
    next: entries.length > shown.length && last !== undefined ? Option.some(cursorText(last.number)) : Option.none()
  }
  return page
})

/** Lists proposals from the rows of the index. */
const listRows = Effect.fnUntraced(function* (
  open: OpenRepository,
  { state }: ProposalFilter,
  { indexAfter }: Cursor,
  limit: number
) {
  const index = yield* ProposalIndex
  if (indexAfter === undefined) yield* openRows(open)
  const page = yield* index.proposals(open.id, { state }, { after: indexAfter, limit })
  const items = page.items.flatMap((row): ReadonlyArray<ProposalRow> => {
    const entry = openEntry(open.root.value, row.number)
    if (entry !== undefined) return [{ ...row, state: "open", from: entry.from, to: entry.to }]
    // An open row that is not in the root belongs to an orphaned document.
    return row.state === "open" ? [] : [row]
  })
  const last = page.items.at(-1)
  const listed: Page<ProposalRow> = {
    items: items.filter((row) => state === undefined || row.state === state),
    next: last === undefined ? Option.none() : Option.map(page.next, (next) => cursorText(last.number, next))
  }
  return listed
})

/** Lists proposals from their documents: numbers are dense, so it walks down from the last one. */
const listDocuments = Effect.fnUntraced(function* (
  open: OpenRepository,
  { state }: ProposalFilter,
  { below }: Cursor,
  limit: number
) {
  const items: Array<ProposalRow> = []
  const first = Math.min(below - 1, open.root.value.proposals.last)
  const end = Math.max(0, first - documentsPerPage)
  for (let from = first; from > end; from -= storeConcurrency) {
    const numbers = Array.from({ length: Math.min(storeConcurrency, from - end) }, (_, place) =>
      ProposalNumber.make(from - place)
    )
    const rows = yield* Effect.forEach(numbers, (number) => readRow(open, number), { concurrency: storeConcurrency })
    for (const row of rows.flatMap(Option.toArray)) {
      if (state !== undefined && row.state !== state) continue
      items.push(row)
      if (items.length < limit) continue
      const page: Page<ProposalRow> = {
        items,
        next: row.number > 1 ? Option.some(cursorText(row.number)) : Option.none()
      }
      return page
    }
  }
  const page: Page<ProposalRow> = { items, next: end > 0 ? Option.some(cursorText(end + 1)) : Option.none() }
  return page
})

/** Greater than every number. */
const numbersEnd = 1_000_000_000

export type ListProposalsError = RootMissing | ObjectReadError | RefsError | IndexUnavailable

/** Lists proposals in descending order of number. Returns an empty page for an unknown cursor. */
export const listProposals = Effect.fn("listProposals")(function* (
  open: OpenRepository,
  filter: ProposalFilter,
  { after, limit }: PageRequest
): Effect.fn.Return<Page<ProposalRow>, ListProposalsError, ObjectStore | Packs | ProposalIndex | Roots> {
  const cursor = after === undefined ? { below: numbersEnd, indexAfter: undefined } : cursorOf(after)
  if (cursor === undefined) return nothing
  if (filter.state === "open") return yield* listOpen(open, cursor, limit)
  const byRows = open.indexed && (after === undefined || cursor.indexAfter !== undefined)
  return yield* byRows ? listRows(open, filter, cursor, limit) : listDocuments(open, filter, cursor, limit)
})
