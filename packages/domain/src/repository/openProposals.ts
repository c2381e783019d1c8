/** The root's list of open proposals: lookup, addition and removal. */
import type { ProposalNumber } from "./Proposal.ts"
import type { OpenProposal, Root } from "./Root.ts"

/** Returns the root's entry of an open proposal, or undefined when it is not open. */
export const openEntry = (root: Root, number: number): OpenProposal | undefined =>
  root.proposals.open.find((entry) => entry.number === number)

/** Adds an entry to the list, in ascending order of number. */
export const withEntry = ({ proposals }: Root, entry: OpenProposal): Pick<Root, "proposals"> => ({
  proposals: {
    last: Math.max(proposals.last, entry.number),
    open: [...proposals.open, entry].toSorted((a, b) => a.number - b.number)
  }
})

/** Removes an entry from the list. */
export const withoutEntry = ({ proposals }: Root, number: ProposalNumber): Pick<Root, "proposals"> => ({
  proposals: { ...proposals, open: proposals.open.filter((entry) => entry.number !== number) }
})
