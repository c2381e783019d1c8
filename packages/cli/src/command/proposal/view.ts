/** The output of commands about proposals for a terminal; `--json` is the same as in the HTTP API. */
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import type { Conflict } from "@musehub/domain/usecase/merges/mergeErrors"
import type { ProposalView } from "@musehub/domain/usecase/proposals/showProposal"
import { columns, shown, shownLines } from "../../output.ts"

/** The fields of every proposal in `--json`, for descriptions. */
export const rowFields = "number, title, author, fromBranch, toBranch, state, createdAt, updatedAt"

/** All fields of one proposal in `--json`, for descriptions. */
export const viewFields =
  `${rowFields}, body, reviews, comments, merged (or null), fromHead and toHead (null if the branch is ` +
  "gone), approvals (users whose approval counts), approvalsNeeded"

/** Formats one proposal as a line. */
export const proposalLine = ({ from, number, state, title, to }: ProposalRow): string =>
  `#${number}  ${state}  ${shown(from)} -> ${shown(to)}  ${shown(title)}`

const said = (text: string): string => (text === "" ? "" : `\n${shownLines(text).replaceAll(/^/gm, "  ")}`)

/** Formats one proposal with its reviews and comments. */
export const readable = (proposal: ProposalView): string => {
  const { approvals, approvalsNeeded, author, body, comments, createdAt, from, fromHead, merged, reviews, to, toHead } =
    proposal
  const table = columns([
    ["state", proposal.state],
    ["from", from, fromHead ?? "gone"],
    ["to", to, toHead ?? "gone"],
    ["author", author, createdAt],
    ["approvals", `${approvals.length} of ${approvalsNeeded} needed`, approvals.join(", ")],
    ...(merged === null ? [] : [["merged", `by ${merged.by}, ${merged.strategy}`, merged.commit]])
  ])
  return [
    `#${proposal.number}  ${shown(proposal.title)}\n${table}${body === "" ? "" : `\n\n${shownLines(body)}`}`,
    ...reviews.map(
      ({ at, by, commit, verdict, ...review }) => `${at}  ${by}: ${verdict} ${commit}${said(review.body)}`
    ),
    ...comments.map((comment) => `${comment.at}  ${comment.by}: comment ${comment.id}${said(comment.body)}`)
  ].join("\n\n")
}

/** The fields of a conflict in `--json`, for descriptions. */
export const conflictFields = "path, kind, cause, base, ours, theirs"

export const conflictJson = ({ base, cause, kind, ours, path, theirs }: Conflict) => ({
  path,
  kind,
  cause,
  base,
  ours,
  theirs
})

/** Formats each conflict as a line: the changes on both sides, the cause, and the path. */
export const conflictLines = (conflicts: ReadonlyArray<Conflict>): string =>
  columns(conflicts.map(({ cause, kind, path }) => [kind, cause, path]))
