/** What pages call the states, verdicts and ways of proposals, and where they are. */
import {
  type MergeStrategy,
  type MergeWay,
  ProposalNumber,
  type ProposalState
} from "@musehub/domain/repository/Proposal"
import { Option, Schema } from "effect"
import { type Named, type Parameters, repositoryAddress } from "../html/address.ts"

export const strategyNames: { readonly [S in MergeStrategy]: string } = {
  merge_commit: "Merge commit",
  squash: "One squashed commit",
  rebase: "Rebased commits",
  fast_forward_only: "Fast-forward only"
}

export const wayTexts: { readonly [W in MergeWay]: string } = {
  merge_commit: "by a merge commit",
  squash: "as one squashed commit",
  rebase: "by rebased commits",
  fast_forward_only: "by fast-forward",
  pushed: "by a push that brought its commits"
}

/** The kinds of tags that states are shown as. */
export const stateKinds: { readonly [S in ProposalState]: string } = {
  open: "open",
  merged: "accent",
  closed: "deleted"
}

/** The longest title, and the longest text, that a form takes, in characters. */
export const titleLengthMax = 255
export const discourseLengthMax = 65_536

/** The longest form with a text: each of its characters takes up to nine bytes. */
export const discourseBytesMax = 640 * 1024

export const proposalAddress = (repository: Named, number: ProposalNumber, parameters?: Parameters): string =>
  repositoryAddress(repository, `proposals/${number}`, parameters)

const decodeNumber = Schema.decodeUnknownOption(ProposalNumber)

/** Returns the number of a proposal that a part of an address says; undefined for anything else. */
export const proposalNumberIn = (text: string | undefined): ProposalNumber | undefined =>
  /^\d{1,9}$/.test(text ?? "") ? Option.getOrUndefined(decodeNumber(Number(text))) : undefined
