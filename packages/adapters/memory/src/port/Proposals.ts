/** Records proposals, and lists them. */
import { pageOf } from "@musehub/domain/port/Page"
import type { ProposalIndex, ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { Effect } from "effect"
import type { Rows } from "../rows/Rows.ts"

/** One more than the greatest number of a proposal. */
const proposalNumbersEnd = 1_000_000_000

/** Returns nine digits that sort in descending order of the number. */
const proposalKey = ({ number }: ProposalRow): string => String(proposalNumbersEnd - number).padStart(9, "0")

export const make = (rows: Rows): ProposalIndex["Service"] => ({
  recordProposal: ({ value: proposal }) =>
    Effect.sync(() => {
      const { proposals } = rows.addingTo(proposal.repository)
      const recorded = proposals.get(proposal.number)
      if (recorded === undefined || recorded.revision < proposal.revision) proposals.set(proposal.number, proposal)
    }),
  proposals: (repository, filter, page) =>
    Effect.sync(() => {
      const found = [...rows.of(repository).proposals.values()]
        .filter(({ state }) => filter.state === undefined || state === filter.state)
        .map(({ number, title, author, from, to, state, createdAt, updatedAt }): ProposalRow => ({
          number,
          title,
          author,
          from,
          to,
          state,
          createdAt,
          updatedAt
        }))
        .toSorted((a, b) => b.number - a.number)
      return pageOf(found, proposalKey, page)
    })
})
