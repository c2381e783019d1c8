/**
 * Proposals, newest first. The root decides which ones are open, the index gives the rows; where it has none, or cannot
 * be asked, documents are read instead.
 */
import { Effect, Option, Stream } from "effect"
import { readProposal } from "../../invariant/RepositoryDocuments.ts"
import { everyItem, type Page, type PageRequest } from "../../port/Page.ts"
import { ProposalIndex, type ProposalRow } from "../../port/index/ProposalIndex.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { ProposalNumber, type ProposalState } from "../../repository/Proposal.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { findProposal, type FoundProposal } from "./findProposal.ts"
import { openEntry } from "../../repository/openProposals.ts"
import { recordProposal } from "./settleProposal.ts"

/** Rows that are asked for at a time where all open ones are wanted. */
const rowsPerQuestion = 500
/** Documents that are read for one page without the index; a page that found less says where to go on. */
const documentsPerPage = 1000

export interface ProposalFilter {
  readonly state?: ProposalState | undefined
}

/** Where a page begins: below this number, and where the index goes on, if the page before came from it. */
interface Cursor {
  readonly below: number
  readonly indexAfter: string | undefined
}

const cursorText = (below: number, indexAfter?: string): string =>
  indexAfter === undefined ? String(below) : `${below}.${indexAfter}`

/** Undefined for a text that no page gave. */
const cursorOf = (after: string): Cursor | undefined => {
  const [, below, indexAfter] = /^(\d{1,9})(?:\.(.+))?$/s.exec(after) ?? []
  return below === undefined ? undefined : { below: Number(below), indexAfter }
}

const nothing: Page<ProposalRow> = { items: [], next: Option.none() }

const rowOf = ({ proposal, state, from, to }: FoundProposal): ProposalRow => {
  const { author, createdAt, number, title, updatedAt } = proposal
  return { number, title, author, from, to, state, createdAt, updatedAt }
}

/** The row as documents and roots have it; none where the number is no proposal's. */
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

/** Everything that the index takes for open. Where the root has it otherwise, row and document are brought up. */
const openRows = Effect.fnUntraced(function* (open: OpenRepository) {
  const index = yield* ProposalIndex
  const listed = everyItem(rowsPerQuestion, (page) => index.proposals(open.id, { state: "open" }, page))
  const rows = new Map((yield* Stream.runCollect(listed)).map((row) => [row.number, row]))
  const named = new Set(open.root.value.proposals.open.map(({ number }) => number))
  const behind = named.symmetricDifference(new Set(rows.keys()))
  yield* Effect.forEach(behind, (number) => bringUp(open, number), { concurrency: storeConcurrency, discard: true })
  return rows
})

/** The open ones, as the root lists them. */
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
    // One that was ended since the root was read may come back as such.
    items: items.flatMap(Option.toArray).filter(({ state }) => state === "open"),
    next: entries.length > shown.length && last !== undefined ? Option.some(cursorText(last.number)) : Option.none()
  }
  return page
})

/** Any of them, by their rows. */
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
    // A row of a document that the root does not name.
    return row.state === "open" ? [] : [row]
  })
  const last = page.items.at(-1)
  const listed: Page<ProposalRow> = {
    items: items.filter((row) => state === undefined || row.state === state),
    next: last === undefined ? Option.none() : Option.map(page.next, (next) => cursorText(last.number, next))
  }
  return listed
})

/** Any of them, by their documents: numbers are dense, so they are walked downwards. */
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

/** More than the greatest number. */
const numbersEnd = 1_000_000_000

/** Lists proposals in descending order of number. After a cursor that no page gave there is nothing. */
export const listProposals = Effect.fn("listProposals")(function* (
  open: OpenRepository,
  filter: ProposalFilter,
  { after, limit }: PageRequest
) {
  const cursor = after === undefined ? { below: numbersEnd, indexAfter: undefined } : cursorOf(after)
  if (cursor === undefined) return nothing
  if (filter.state === "open") return yield* listOpen(open, cursor, limit)
  const byRows = open.indexed && (after === undefined || cursor.indexAfter !== undefined)
  return yield* byRows ? listRows(open, filter, cursor, limit) : listDocuments(open, filter, cursor, limit)
})
