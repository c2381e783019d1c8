/** Proposals as lists show them. */
import { Context, type Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import type { Proposal, ProposalState } from "../../repository/Proposal.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A proposal as lists show it. */
export type ProposalRow = Pick<
  Proposal,
  "number" | "title" | "author" | "from" | "to" | "state" | "createdAt" | "updatedAt"
>

export class ProposalIndex extends Context.Service<
  ProposalIndex,
  {
    /** Inserts the proposal or updates its row to this state. An earlier revision changes nothing. */
    readonly recordProposal: (proposal: StoredDocument<Proposal>) => Effect.Effect<void, IndexUnavailable>
    /** Lists proposals in descending order of number, in one `state` if given. */
    readonly proposals: (
      repository: RepositoryId,
      filter: { readonly state?: ProposalState | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<ProposalRow>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/ProposalIndex") {}
