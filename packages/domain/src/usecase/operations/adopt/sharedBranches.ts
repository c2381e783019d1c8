/**
 * Chooses where the branches of a repository go that was changed here since it was taken over, while the legacy hub
 * goes on. They come, and move forward. Nothing that was done here is undone: a branch that moved in both hubs stays as
 * it is here, and is named.
 */
import { Effect, Stream } from "effect"
import { isAncestor } from "../../../history/ancestry.ts"
import { clashingBranch } from "../../../invariant/refs/heads.ts"
import { refsIn } from "../../../invariant/refs/refs.ts"
import { rootsBackFrom } from "../../../invariant/RootHistory.ts"
import type { CommitId } from "../../../object/Id.ts"
import type { BranchName } from "../../../repository/Names.ts"
import type { Root } from "../../../repository/Root.ts"
import { branchRef } from "../../../repository/rule/branchRules.ts"
import { repositoryLimits } from "../../../repository/rule/repositoryLimits.ts"
import { graphOfMove } from "../../graph/commitGraph.ts"
import type { Quarantine } from "./Quarantined.ts"

type Heads = ReadonlyMap<BranchName, CommitId>

/** The most branches of which a root that an adoption made says where they moved. */
export const movesMax = 50

/** A branch that is to move here. */
export interface Advance {
  readonly name: BranchName
  /** Null for a branch that comes. */
  readonly from: CommitId | null
  readonly to: CommitId
}

/** Finds the branches among these, which are not here, that somebody deleted here, and where they were. */
const deletedHere = Effect.fnUntraced(function* (root: Root, names: ReadonlyArray<BranchName>) {
  const left = new Map(names.map((name) => [branchRef(name), name]))
  const deleted = new Map<BranchName, CommitId>()
  if (left.size === 0) return deleted
  yield* Stream.runForEachWhile(rootsBackFrom(root), ({ changes }) =>
    Effect.sync(() => {
      for (const { action, moves } of changes.toReversed()) {
        for (const { from, ref, to } of moves) {
          const name = left.get(ref)
          if (name === undefined) continue
          left.delete(ref)
          if (action !== "adopt" && to === null && from !== null) deleted.set(name, from)
        }
      }
      return left.size > 0
    })
  )
  return deleted
})

/**
 * Lists how branches move here towards their heads in the legacy hub. The index must have the history of those heads.
 * What cannot move without undoing something is named.
 */
export const advancesTo = Effect.fnUntraced(function* (root: Root, legacy: Heads, quarantine: Quarantine) {
  const here: Heads = new Map(yield* Stream.runCollect(refsIn(root, root.heads)))
  const absent = [...legacy.keys()].filter((name) => !here.has(name))
  const deleted = yield* deletedHere(root, absent)
  const graph = yield* graphOfMove(root.repository.id)
  const advances: Array<Advance> = []
  let room = repositoryLimits.branches - here.size
  for (const [name, there] of legacy) {
    const what = `branch ${name}`
    const own = here.get(name) ?? deleted.get(name)
    if (own === there || (own !== undefined && (yield* isAncestor(graph, there, [own])))) continue
    if (deleted.has(name)) {
      quarantine(what, `it was deleted here, at ${own}, and is at ${there} in the legacy hub now; it stays deleted`)
    } else if (own !== undefined) {
      if (yield* isAncestor(graph, own, [there])) advances.push({ name, from: own, to: there })
      else {
        const both = `it moved in both hubs: it is at ${own} here, and at ${there} in the legacy hub`
        quarantine(what, `${both}; it stays as it is here, until one of them is merged into the other`)
      }
    } else {
      const clash = yield* clashingBranch(root, name)
      if (clash !== undefined) quarantine(what, `a clone cannot have it beside branch ${clash}, which was made here`)
      else if (room === 0) quarantine(what, "the repository has too many branches")
      else {
        room -= 1
        advances.push({ name, from: null, to: there })
      }
    }
  }
  return advances
})
