/**
 * Finds what a repository lacks that was changed here since it was taken over: tags and releases of the legacy hub that
 * are not here come, and those that are here stay as they are. Proposals have numbers of their own by then.
 */
import { Effect, Option, Stream } from "effect"
import { refsIn } from "../../../invariant/refs/refs.ts"
import { readProposal } from "../../../invariant/RepositoryDocuments.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { LegacyProposal } from "../../../port/legacy/LegacyHub.ts"
import type { ProposalNumber } from "../../../repository/Proposal.ts"
import type { RefEdit, RefList } from "../../../repository/refs/RefList.ts"
import type { Root } from "../../../repository/Root.ts"
import { type Limited, repositoryLimits } from "../../../repository/rule/repositoryLimits.ts"
import type { Quarantine } from "./Quarantined.ts"

/** What differs from what is here is named as `what` and its key. */
export const addedRefs = Effect.fnUntraced(function* <K extends string, V extends { readonly record: string }>(
  root: Root,
  { here, legacy }: { readonly here: RefList<K, V>; readonly legacy: RefList<K, V> },
  { limit, quarantine, what }: { readonly what: string; readonly limit: Limited; readonly quarantine: Quarantine }
) {
  const known = new Map(yield* Stream.runCollect(refsIn(root, here)))
  const added: Array<RefEdit<K, V>> = []
  for (const [key, value] of yield* Stream.runCollect(refsIn(root, legacy))) {
    const own = known.get(key)
    if (own === undefined) {
      if (known.size + added.length < repositoryLimits[limit]) added.push([key, value])
      else quarantine(`${what} ${key}`, `the repository has too many ${limit}`)
    } else if (own.record !== value.record) {
      quarantine(`${what} ${key}`, "it is another one here, and stays as it is")
    }
  }
  return added
})

/** Names the pull requests that were not brought before the repository was changed here. */
export const lateProposals = Effect.fnUntraced(function* (
  repository: RepositoryId,
  rows: ReadonlyArray<LegacyProposal>,
  quarantine: Quarantine
) {
  for (const [place, { createdAt, id }] of rows.entries()) {
    const found = yield* readProposal(repository, (place + 1) as ProposalNumber)
    if (Option.exists(found, ({ value }) => value.createdAt === createdAt)) continue
    const reason = "it was not brought before the repository was changed here, where its number may be taken by now"
    quarantine(`pull request ${id}`, `${reason}; open it here`)
  }
})
