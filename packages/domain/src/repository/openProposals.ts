/** The root's list of open proposals: looking one up, adding one, taking one away. */
import type { ProposalNumber } from "./Proposal.ts"
import type { OpenProposal, Root } from "./Root.ts"

/** What the root says of an open proposal; undefined where it is not open. */
export const openEntry = (root: Root, number: number): OpenProposal | undefined =>
  root.proposals.open.find((entry) => entry.number === number)

/** The list with one more, in ascending order of number. */
export const withEntry = ({ proposals }: Root, entry: OpenProposal): Pick<Root, "proposals"> => ({
  proposals: {
    last: Math.max(proposals.last, entry.number),
    open: [...proposals.open, entry].toSorted((a, b) => a.number - b.number)
  }
})

/** The list without one. */
export const withoutEntry = ({ proposals }: Root, number: ProposalNumber): Pick<Root, "proposals"> => ({
  proposals: { ...proposals, open: proposals.open.filter((entry) => entry.number !== number) }
})
