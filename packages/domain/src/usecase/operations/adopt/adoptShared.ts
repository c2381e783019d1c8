/**
 * Brings what is new in a legacy repository into one that was changed here since it was taken over, beside what was
 * done here.
 */
import { Effect, Stream } from "effect"
import { headOf } from "../../../invariant/refs/heads.ts"
import { refIn, refsIn, withRefs } from "../../../invariant/refs/refs.ts"
import { type Decision, type MoveError, Roots } from "../../../invariant/Roots.ts"
import type { CommitId } from "../../../object/Id.ts"
import { nowIso } from "../../../object/now.ts"
import type { LegacyProposal } from "../../../port/legacy/LegacyHub.ts"
import type { BranchName } from "../../../repository/Names.ts"
import type { RefEdit, RefList } from "../../../repository/refs/RefList.ts"
import type { ReleaseEntry, TagEntry } from "../../../repository/refs/kinds.ts"
import type { Root } from "../../../repository/Root.ts"
import { RootContended } from "../../../repository/rootErrors.ts"
import { branchRef } from "../../../repository/rule/branchRules.ts"
import type { TagId } from "../../../repository/Tag.ts"
import { graphOfMove } from "../../graph/commitGraph.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import { closingMerged } from "../../write/mergedByMove.ts"
import { addedRefs, lateProposals } from "./addedRefs.ts"
import type { HistoryTarget } from "./HistoryTarget.ts"
import type { Quarantine } from "./Quarantined.ts"
import { type Advance, advancesTo, movesMax } from "./sharedBranches.ts"

/** How often the changes are decided again since somebody moves the same branches. */
const attemptsMax = 5

/** What the legacy hub has, by the ids that commits have here. */
export interface LegacyState {
  readonly heads: ReadonlyMap<BranchName, CommitId>
  readonly tags: RefList<TagId, TagEntry>
  readonly releases: RefList<string, ReleaseEntry>
  readonly proposals: ReadonlyArray<LegacyProposal>
  /** New ids of commits. */
  readonly aliases: ReadonlyArray<readonly [legacy: string, commit: CommitId]>
}

/** What a repository lacks. */
interface Lacking {
  readonly advances: ReadonlyArray<Advance>
  readonly tags: ReadonlyArray<RefEdit<TagId, TagEntry>>
  readonly releases: ReadonlyArray<RefEdit<string, ReleaseEntry>>
  readonly aliases: ReadonlyArray<RefEdit<string, CommitId>>
}

const lackingIn = Effect.fnUntraced(function* (root: Root, legacy: LegacyState, quarantine: Quarantine) {
  const tags = { here: root.tags, legacy: legacy.tags }
  const releases = { here: root.releases, legacy: legacy.releases }
  const orders = (yield* Stream.runCollect(refsIn(root, root.releases))).map(([, { order }]) => order)
  const aliases: Array<RefEdit<string, CommitId>> = []
  for (const [text, commit] of legacy.aliases) {
    if ((yield* refIn(root, root.aliases, text)) === undefined) aliases.push([text, commit])
  }
  const added = yield* addedRefs(root, releases, { what: "release", limit: "releases", quarantine })
  const lacking: Lacking = {
    advances: yield* advancesTo(root, legacy.heads, quarantine),
    tags: yield* addedRefs(root, tags, { what: "tag", limit: "tags", quarantine }),
    releases: added.map(([tag, entry], place) => [
      tag,
      entry === undefined ? entry : { ...entry, order: Math.max(0, ...orders) + 1 + place }
    ]),
    aliases
  }
  return lacking
})

/** Adds what is lacking, unless a branch moved since that was found out. */
const adding =
  ({ advances, aliases, releases, tags }: Lacking, done: () => void): Decision<MoveError> =>
  (root) =>
    Effect.gen(function* () {
      for (const { from, name } of advances) if (((yield* headOf(root, name)) ?? null) !== from) return null
      done()
      const heads = advances.map(({ name, to }) => [name, to] as const)
      const moves = advances.slice(0, movesMax).map(({ from, name, to }) => ({ ref: branchRef(name), from, to }))
      return {
        root: {
          heads: yield* withRefs(root, root.heads, heads),
          tags: yield* withRefs(root, root.tags, tags),
          releases: yield* withRefs(root, root.releases, releases),
          aliases: yield* withRefs(root, root.aliases, aliases)
        },
        change: { action: "adopt", by: root.repository.owner, at: yield* nowIso, moves }
      }
    })

/** Brings what is lacking beside what was done here. Returns the number of branches that came or moved. */
export const adoptShared = Effect.fnUntraced(function* (
  target: HistoryTarget,
  legacy: LegacyState,
  quarantine: Quarantine
) {
  const roots = yield* Roots
  const { repository } = target
  yield* target.nameAll
  yield* catchUp(target.root)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const named: Array<Parameters<Quarantine>> = []
    const { value: root } = yield* roots.read(repository)
    const lacking = yield* lackingIn(root, legacy, (row, reason) => void named.push([row, reason]))
    let isDone = Object.values(lacking).every(({ length }) => length === 0)
    if (!isDone) {
      const decide = adding(lacking, () => {
        isDone = true
      })
      const moved = yield* target.move(closingMerged(yield* graphOfMove(repository), decide))
      yield* catchUp(moved)
    }
    if (!isDone) continue
    for (const each of named) quarantine(...each)
    yield* lateProposals(repository, legacy.proposals, quarantine)
    return lacking.advances.length
  }
  return yield* new RootContended({ repository, attempts: attemptsMax })
})
