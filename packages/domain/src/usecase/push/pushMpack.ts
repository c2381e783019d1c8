/**
 * Receives a push as an mpack stream. Each object is checked and added to a pack as it arrives; memory use does not
 * grow with the contents. Nothing is visible before the trailer was verified and the root moved.
 */
import { Effect, Iterable, type Scope, Stream } from "effect"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import { type CommitNode, nodeOf } from "../../history/CommitNode.ts"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { Roots } from "../../invariant/Roots.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { Commit } from "../../object/Commit.ts"
import type { IdMismatch } from "../../object/Refused.ts"
import { type CommitId, emptyBlobId, type Sha256 } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { PackIndex } from "../../port/index/PackIndex.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { remarksOf, saysSomething } from "../../repository/Annotation.ts"
import { branchName } from "../../repository/Names.ts"
import { headOf } from "../../repository/Root.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import type { MpackHolds } from "../../wire/mpack/History.ts"
import { type MpackObject, readMpack } from "../../wire/mpack/readMpack.ts"
import type { MpackRefused, MpackVersionUnknown } from "../../wire/mpack/Refused.ts"
import { annotatePushed } from "../annotations/annotatePushed.ts"
import { checkDirectChange, checkLease, checkNewBranch } from "../../repository/rule/branchRules.ts"
import { sentAhead } from "./admitBlobs.ts"
import { BundleRefused } from "./checkBundle.ts"
import { graphOfMove } from "../graph/commitGraph.ts"
import { missing } from "./ObjectsMissing.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { countingPacks } from "../access/takingBytes.ts"
import { checkTarget, moveBranch, type PushAnswer, type PushError } from "./push.ts"

const asked = (header: MpackHeader, open: OpenRepository<"write">) => {
  if (header.push === undefined)
    return Effect.fail(new BundleRefused({ reason: "the stream does not say what to push" }))
  if (header.repository !== open.id) {
    const reason = `the stream is for repository ${header.repository}, and this is ${open.id}`
    return Effect.fail(new BundleRefused({ reason }))
  }
  return Effect.succeed(header.push)
}

/** The nodes, with generations, of the commits that arrived and of their parents that the repository already had. */
class Nodes {
  readonly known = new Map<CommitId, CommitNode>()
  readonly came = new Map<CommitId, CommitNode>()

  of(id: CommitId): CommitNode | undefined {
    return this.came.get(id) ?? this.known.get(id)
  }

  add(commit: Commit): void {
    this.came.set(commit.id, nodeOf(commit, { get: (id) => this.of(id) }))
  }

  /** Finds the arrived commits that are reachable from the tip. */
  *behind(tip: CommitId): Slices<ReadonlyArray<CommitId>> {
    const found = new Set<CommitId>()
    const stack = [tip]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      const node = this.came.get(id)
      if (node === undefined || found.has(id)) continue
      found.add(id)
      stack.push(...node.parents)
      if (found.size % sliceEntries === 0) yield
    }
    return [...found]
  }
}

/**
 * Checks a commit that names all its hashed parents because they are more than it records. Each must exist; otherwise
 * the commit could leave parents out.
 */
const checkHashedParents = Effect.fnUntraced(function* (open: OpenRepository<"write">, nodes: Nodes, commit: Commit) {
  const hashed = commit.record.hashed_parent_ids ?? []
  const outside = hashed.filter((id) => !nodes.came.has(id))
  if (outside.length === 0) return
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: outside })
  const unknown = outside.filter((id) => !commits.has(id))
  if (unknown.length > 0) return yield* missing("commit", unknown)
})

/** Adds the objects to the packs as they arrive, without those that the repository has. Returns the resent commits. */
const takeAll = Effect.fnUntraced(function* <E, R>(
  open: OpenRepository<"write">,
  objects: Stream.Stream<MpackObject<E>, E, R>,
  nodes: Nodes,
  packs: NewPacks
) {
  const countPacks = yield* countingPacks(open, packs)
  const { lookIn, namedBy } = yield* Packs
  const look = yield* lookIn(open.id, yield* namedBy(open.root.value))
  const resent: Array<Commit> = []
  let hasEmptyFile = false
  const take = Effect.fnUntraced(function* (object: MpackObject<E>) {
    switch (object.type) {
      case "blob": {
        const { id, size, content } = object
        if (content instanceof Uint8Array) {
          if (look(object) === undefined) yield* packs.addBlob(blobOf(content))
        } else yield* packs.addBlob(blobArriving(id, size, content))
        return
      }
      case "snapshot": {
        const { snapshot } = object
        if (look({ type: "snapshot", id: snapshot.id }) !== undefined) return
        hasEmptyFile ||= Iterable.some(snapshot.manifest.values(), (id) => id === emptyBlobId)
        return yield* packs.addSnapshot(snapshot)
      }
      case "commit": {
        const { commit } = object
        yield* checkHashedParents(open, nodes, commit)
        nodes.add(commit)
        if (look({ type: "commit", id: commit.id }) === undefined) {
          return yield* packs.addCommit(commit)
        }
        if (saysSomething(remarksOf(commit.record))) resent.push(commit)
      }
    }
  })
  yield* Stream.runForEach(objects, (object) => Effect.andThen(take(object), countPacks))
  // A stream does not send the empty blob.
  if (hasEmptyFile && look({ type: "blob", id: emptyBlobId }) === undefined)
    yield* packs.addBlob(blobOf(new Uint8Array()))
  return resent
})

/** An mpack names no ids that its content could belie. */
export type PushMpackError = MpackRefused | MpackVersionUnknown | Exclude<PushError, IdMismatch>

/** Receives a push. The stream is read to its trailer before any of it becomes visible. */
export const pushMpack = Effect.fn("pushMpack")(function* <E, R>(
  open: OpenRepository<"write">,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<PushAnswer, PushMpackError | E, CommitIndex | Scope.Scope | R | MoveServices> {
  const index = yield* ObjectIndex
  const roots = yield* Roots
  const nodes = new Nodes()
  const staged = new Map<Sha256, StoredPack>()
  const here = yield* Effect.context<ObjectStore | PackIndex | Packs>()
  const holds: MpackHolds<IndexUnavailable | ObjectReadError> = Effect.fnUntraced(function* (ids) {
    const known = yield* index.known(open.id, ids)
    for (const [id, node] of known.commits) nodes.known.set(id, node)
    const ahead = sentAhead(
      open.id,
      ids.blobs.filter((id) => !known.blobs.has(id))
    )
    const { blobs, packs } = yield* Effect.provideContext(ahead, here)
    for (const pack of packs) staged.set(pack.ref.sha256, pack)
    return { ...known, blobs: known.blobs.union(blobs) }
  })
  const { header, objects } = yield* readMpack(source, { holds })
  const wanted = yield* asked(header, open)
  const branch = yield* Effect.fromResult(branchName(wanted.branch))
  // Refuse what can be refused before the objects are read.
  yield* checkLease(open.root.value, branch, wanted.expect)
  if (headOf(open.root.value, branch) === undefined) {
    yield* checkNewBranch(open.root.value, branch, open.principal.user)
  } else if (headOf(open.root.value, branch) !== wanted.head) yield* checkDirectChange(open.root.value, branch)

  const packs = new NewPacks(open.id)
  const resent = yield* takeAll(open, objects, nodes, packs)
  const tip = wanted.head
  if (nodes.of(tip) === undefined) {
    const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: [tip] })
    if (!commits.has(tip)) return yield* missing("commit", [tip])
  }
  const arrived = yield* inSlices(() => nodes.behind(tip))
  if (arrived.length < nodes.came.size) {
    const reason = `the new head does not lead to ${nodes.came.size - arrived.length} commits of the stream`
    return yield* new BundleRefused({ reason })
  }
  const graph = yield* graphOfMove(open.id, [...nodes.known.values(), ...nodes.came.values()])
  const target = { by: open.principal.user, branch, tip, force: wanted.force, expect: wanted.expect, graph }
  yield* checkTarget(open.root.value, target)
  const [written] = yield* Effect.all([packs.finish(), roots.preserve(open.id)], { concurrency: 2 })
  yield* annotatePushed(open, resent)
  const decide = closingMerged(graph, moveBranch(target, open.principal))
  const root = yield* moveRoot(open, decide, [...staged.values(), ...written])
  const answer: PushAnswer = { branch, head: tip, heads: root.value.heads, commits: arrived.length }
  return answer
}, Effect.scoped)
