/** Brings pull requests as proposals. They are numbered in the order in which they were opened. */
import { Effect, Option, Schema } from "effect"
import { isSame } from "../../../base/Bytes.ts"
import { cut } from "../../../base/text/cut.ts"
import { changeProposal } from "../../../invariant/RepositoryDocuments.ts"
import type { CommitId, RepositoryId, SnapshotId } from "../../../object/Id.ts"
import type { LegacyProposal } from "../../../port/legacy/LegacyHub.ts"
import { proposalCodec } from "../../../repository/codecs.ts"
import { type BranchName, UserName } from "../../../repository/Names.ts"
import { Proposal, type ProposalNumber } from "../../../repository/Proposal.ts"
import type { OpenProposal, Root } from "../../../repository/Root.ts"
import type { AdoptedHistory } from "./adoptHistory.ts"
import type { Quarantine } from "./Quarantined.ts"

/** What proposals are checked against. */
export interface ProposalContext {
  readonly repository: RepositoryId
  readonly heads: ReadonlyMap<BranchName, CommitId>
  readonly history: AdoptedHistory
  /** The names of users by their ids. */
  readonly people: ReadonlyMap<string, string>
  readonly quarantine: Quarantine
}

const titleLengthMax = 255
const isProposal = Schema.decodeUnknownOption(Schema.toType(Proposal))
const isName = Schema.is(UserName)

/** Returns the name of a user whom a row names by id or by name. */
export const nameOf = (people: ReadonlyMap<string, string>, user: string): UserName | undefined => {
  const name = people.get(user) ?? user
  return isName(name) ? name : undefined
}

/** Finds out what a merge did, which only a commit that was brought proves. */
const mergeOf = (row: LegacyProposal, by: UserName, { held, minted, nodes }: AdoptedHistory): Proposal["merged"] => {
  const { mergeCommit } = row
  const node = mergeCommit === null || !held.has(mergeCommit) ? undefined : nodes.get(mergeCommit)
  if (mergeCommit === null || node === undefined) return null
  const snapshot = minted.get(mergeCommit)?.snapshotId ?? (node.snapshot as SnapshotId | null)
  const idOf = (legacy: string) => minted.get(legacy)?.id ?? (legacy as CommitId)
  const [toHead, fromHead] = node.parents
  if (snapshot === null || toHead === undefined || fromHead === undefined) return null
  return {
    strategy: "merge_commit",
    commit: idOf(mergeCommit),
    snapshot,
    fromHead: idOf(fromHead),
    toHead: idOf(toHead),
    by,
    at: row.mergedAt ?? row.createdAt
  }
}

/** Makes the proposal of a row, or says why it stays behind. */
const proposalOf = (
  row: LegacyProposal,
  number: number,
  open: ReadonlyMap<string, OpenProposal>,
  { heads, history, people, repository }: ProposalContext
): Proposal | string => {
  const author = nameOf(people, row.author)
  if (author === undefined) return `its author ${cut(row.author, 100)} is no user`
  if (row.state !== "open" && row.state !== "closed" && row.state !== "merged")
    return `its state is ${cut(row.state, 20)}`
  const merged = row.state === "merged" ? mergeOf(row, author, history) : null
  if (row.state === "merged" && merged === null) return `its merge ${row.mergeCommit} cannot be brought`
  if (row.state === "open") {
    for (const branch of [row.from, row.to]) {
      if (!heads.has(branch as BranchName)) return `its branch ${branch} cannot be brought`
    }
    if (row.from === row.to) return "it merges a branch into itself"
    const other = open.get(pairOf(row))
    if (other !== undefined) return `proposal ${other.number} is open between the same branches`
  }
  const proposal = {
    repository,
    number,
    revision: 0,
    title: cut(row.title.replaceAll(/[\r\n]+/g, " ").trim(), titleLengthMax),
    body: row.body,
    author,
    from: row.from,
    to: row.to,
    state: row.state,
    createdAt: row.createdAt,
    updatedAt: row.mergedAt ?? row.createdAt,
    reviews: [],
    comments: [],
    merged
  }
  return Option.getOrElse(isProposal(proposal), () => "its title or its body is not one that a proposal can have")
}

const pairOf = ({ from, to }: { readonly from: string; readonly to: string }): string => JSON.stringify([from, to])

/** Stores a proposal, unless it is stored as it is, or another one was opened here under its number. */
const store = (proposal: Proposal) =>
  changeProposal(proposal.repository, proposal.number, (present) => {
    if (present === undefined) return Effect.succeed(proposal)
    if (present.createdAt !== proposal.createdAt) return Effect.succeed(present)
    const same = { ...proposal, revision: present.revision }
    const isUnchanged = isSame(proposalCodec.encode(same), proposalCodec.encode(present))
    return Effect.succeed(isUnchanged ? present : { ...proposal, revision: present.revision + 1 })
  })

/** Stores the proposals, and returns what the root is to say of them. */
export const adoptProposals = Effect.fnUntraced(function* (
  rows: ReadonlyArray<LegacyProposal>,
  context: ProposalContext
) {
  const open = new Map<string, OpenProposal>()
  for (const [place, row] of rows.entries()) {
    const proposal = proposalOf(row, place + 1, open, context)
    if (typeof proposal === "string") {
      context.quarantine(`pull request ${row.id}`, proposal)
      continue
    }
    yield* store(proposal)
    const { from, number, to } = proposal
    if (proposal.state === "open") open.set(pairOf(row), { number: number as ProposalNumber, from, to })
  }
  const proposals: Root["proposals"] = { last: rows.length, open: [...open.values()] }
  return proposals
})
