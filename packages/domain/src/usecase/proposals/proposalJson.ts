/** Proposals as programs are shown them: the REST API and the CLI's `--json` have the same names. */
import type { ProposalRow } from "../../port/index/ProposalIndex.ts"
import type { ProposalView } from "./showProposal.ts"

/** A proposal as lists show it. */
export const proposalRowJson = ({ number, title, author, from, to, state, createdAt, updatedAt }: ProposalRow) => ({
  number,
  title,
  author,
  fromBranch: from,
  toBranch: to,
  state,
  createdAt,
  updatedAt
})

/** One proposal with all that was said. */
export const proposalJson = (proposal: ProposalView) => {
  const { approvals, approvalsNeeded, body, comments, fromHead, merged, reviews, toHead } = proposal
  return {
    ...proposalRowJson(proposal),
    body,
    reviews: reviews.map(({ commit, ...review }) => ({ ...review, commitId: commit })),
    comments,
    merged:
      merged === null
        ? null
        : {
            strategy: merged.strategy,
            mergeCommitId: merged.commit,
            snapshotId: merged.snapshot,
            fromHead: merged.fromHead,
            toHead: merged.toHead,
            by: merged.by,
            at: merged.at
          },
    fromHead,
    toHead,
    approvals,
    approvalsNeeded
  }
}
