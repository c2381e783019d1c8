/**
 * Receives a push as an mpack stream. Each object is checked and added to a pack as it arrives; memory use does not
 * grow with the contents. Nothing is visible before the trailer was verified and the root moved.
 */
import { Effect, type Scope, type Stream } from "effect"
import { inSlices } from "../../base/Slices.ts"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import type { IdMismatch } from "../../object/Refused.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import { branchName } from "../../repository/Names.ts"
import { checkDirectChange, checkLease } from "../../repository/rule/branchRules.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import { readMpack } from "../../wire/mpack/readMpack.ts"
import type { MpackRefused, MpackVersionUnknown } from "../../wire/mpack/Refused.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { annotatePushed } from "../annotations/annotatePushed.ts"
import { graphOfMove } from "../graph/commitGraph.ts"
import { recordAgain } from "../recovery/lostRows.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { ArrivingNodes } from "./ArrivingNodes.ts"
import { BundleRefused } from "./checkBundle.ts"
import { heldObjects } from "./heldObjects.ts"
import { missing } from "./ObjectsMissing.ts"
import { checkTarget, moveBranch, type PushAnswer, type PushError } from "./push.ts"
import { takeObjects, type Took } from "./takeObjects.ts"

const asked = (header: MpackHeader, open: OpenRepository<"write">) => {
  if (header.push === undefined)
    return Effect.fail(new BundleRefused({ reason: "the stream does not say what to push" }))
  if (header.repository !== open.id) {
    const reason = `the stream is for repository ${header.repository}, and this is ${open.id}`
    return Effect.fail(new BundleRefused({ reason }))
  }
  return Effect.succeed(header.push)
}

/** An mpack names no ids that its content could belie. */
export type PushMpackError = MpackRefused | MpackVersionUnknown | Exclude<PushError, IdMismatch>

export interface MpackPushAnswer extends PushAnswer {
  readonly took: Took
}

/** Extends a decision: the root is written even if no branch moves, since it has to name new packs. */
const movingAnyway =
  <E>(decide: Decision<E>): Decision<E> =>
  (root) =>
    Effect.map(decide(root), (move) => move ?? { root: {}, change: null })

/** Receives a push. The stream is read to its trailer before any of it becomes visible. */
export const pushMpack = Effect.fn("pushMpack")(function* <E, R>(
  open: OpenRepository<"write">,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<MpackPushAnswer, PushMpackError | E, CommitIndex | Scope.Scope | R | MoveServices> {
  const roots = yield* Roots
  const { confirm } = yield* Packs
  const nodes = new ArrivingNodes()
  const { holds, requireUnpacked, staged } = yield* heldObjects(open, nodes)
  const { header, objects } = yield* readMpack(source, { holds })
  const wanted = yield* asked(header, open)
  const branch = yield* Effect.fromResult(branchName(wanted.branch))
  // Refuse what can be refused before the objects are read.
  const head = yield* headOf(open.root.value, branch)
  yield* checkLease(branch, head, wanted.expect)
  if (head === undefined) yield* checkNewBranch(open.root.value, branch, open.principal.user)
  else if (head !== wanted.head) yield* checkDirectChange(open.root.value, branch)

  const packs = new NewPacks(open.id)
  const { resent, restores, took } = yield* takeObjects(open, objects, nodes, packs)
  const tip = wanted.head
  if (nodes.get(tip) === undefined) {
    const { commits } = yield* holds({ blobs: [], snapshots: [], commits: [tip] })
    if (!commits.has(tip)) return yield* missing("commit", [tip])
  }
  yield* requireUnpacked()
  const arrived = yield* inSlices(() => nodes.behind(tip))
  if (arrived.length < nodes.came.size) {
    const reason = `the new head does not lead to ${nodes.came.size - arrived.length} commits of the stream`
    return yield* new BundleRefused({ reason })
  }
  const graph = yield* graphOfMove(open.id, nodes)
  const target = { by: open.principal.user, branch, tip, force: wanted.force, expect: wanted.expect, graph }
  yield* checkTarget(open.root.value, target)
  const [written] = yield* Effect.all([packs.finish(), roots.prepare(open.id, branch, tip)], { concurrency: 2 })
  // The stream may have taken hours since these were found.
  yield* Effect.forEach(staged.values(), confirm, { discard: true })
  yield* annotatePushed(open, resent)
  const decide = closingMerged(graph, moveBranch(target, open.principal))
  const named = [...staged.values(), ...written]
  yield* moveRoot(open, written.length > 0 ? movingAnyway(decide) : decide, named, nodes)
  if (restores) yield* recordAgain(open.id, took.objects)
  const answer: MpackPushAnswer = { branch, head: tip, commits: arrived.length, took }
  return answer
}, Effect.scoped)
