/**
 * Receives a push as an mpack stream. Each object is checked and stored as it arrives, and indexed from the evidence;
 * memory use does not grow with the contents. Nothing is reachable before the trailer was verified and the root moved.
 */
import { Effect, Stream, type Scope } from "effect"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import { type CommitNode, nodeOf } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import { putBlob, putCommit, putSnapshot } from "../../invariant/ObjectWriter.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { Commit } from "../../object/Commit.ts"
import type { IdMismatch } from "../../object/Refused.ts"
import { expected } from "../../base/expected.ts"
import { type BlobId, type CommitId, emptyBlobId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { Stored } from "../../port/Stored.ts"
import { pushConcurrency, storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { type Remarks, remarksOf, saysAll } from "../../repository/Annotation.ts"
import { branchName } from "../../repository/Names.ts"
import { headOf } from "../../repository/Root.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import type { MpackHolds } from "../../wire/mpack/History.ts"
import { type MpackObject, readMpack } from "../../wire/mpack/readMpack.ts"
import type { MpackRefused, MpackVersionUnknown } from "../../wire/mpack/Refused.ts"
import { joinRemarksTo } from "../annotations/annotate.ts"
import { checkDirectChange, checkLease, checkNewBranch } from "../../repository/rule/branchRules.ts"
import { BundleRefused } from "./checkBundle.ts"
import { graphOfMove } from "../graph/commitGraph.ts"
import { missing } from "./ObjectsMissing.ts"
import { ManifestWindow } from "../graph/ManifestWindow.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { moveRoot } from "../write/moveRoot.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { createdBytes, takingBytes } from "../access/takingBytes.ts"
import { checkTarget, moveBranch, type PushAnswer, type PushError } from "./push.ts"

/**
 * The number of objects that are recorded together, and of the entries of their manifests, which are in memory until
 * then.
 */
const batchSize = 1000
const batchEntriesMax = 200_000

/** A stored object, with what the index needs to record it. */
type Arrived =
  | { readonly type: "blob"; readonly stored: Stored<"blob"> }
  | { readonly type: "snapshot"; readonly stored: Stored<"snapshot"> }
  | {
      readonly type: "commit"
      readonly stored: Stored<"commit">
      readonly commit: Commit
      readonly introduces: ReadonlyArray<BlobId>
    }

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

/** Stores the objects as they arrive: small ones concurrently, a large blob while its stream is read. */
const putAll = <E, R>(
  open: OpenRepository<"write">,
  objects: Stream.Stream<MpackObject<E>, E, R>,
  nodes: Nodes,
  manifests: ManifestWindow
) => {
  const prepare = Effect.fnUntraced(function* (object: MpackObject<E>) {
    switch (object.type) {
      case "blob": {
        const { id, size, content } = object
        if (content instanceof Uint8Array) {
          return Effect.map(putBlob(open.id, blobOf(content)), (stored): Arrived => ({ type: "blob", stored }))
        }
        const stored = yield* putBlob(open.id, blobArriving(id, size, content))
        return Effect.succeed<Arrived>({ type: "blob", stored })
      }
      case "snapshot": {
        const { snapshot } = object
        manifests.add(snapshot.id, snapshot.manifest)
        return Effect.map(putSnapshot(open.id, snapshot), (stored): Arrived => ({ type: "snapshot", stored }))
      }
      case "commit": {
        const { commit } = object
        yield* checkHashedParents(open, nodes, commit)
        nodes.add(commit)
        const before = yield* Effect.forEach(commit.parents, (id) =>
          manifests.get(expected(nodes.of(id), `the node of parent ${id}`).snapshotId)
        )
        const after = yield* manifests.get(commit.snapshotId)
        const introduces = yield* inSlices(() => findingIntroduced(after, before))
        return Effect.map(putCommit(open.id, commit), (stored): Arrived => ({
          type: "commit",
          stored,
          commit,
          introduces
        }))
      }
    }
  })
  return objects.pipe(
    Stream.mapEffect(prepare),
    Stream.mapEffect((put) => put, { concurrency: pushConcurrency })
  )
}

/** An mpack names no ids that its content could belie. */
export type PushMpackError = MpackRefused | MpackVersionUnknown | Exclude<PushError, IdMismatch>

/** Receives a push. The stream is read to its trailer before any of it becomes visible. */
export const pushMpack = Effect.fn("pushMpack")(function* <E, R>(
  open: OpenRepository<"write">,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<
  PushAnswer,
  PushMpackError | E,
  CommitIndex | ObjectIndex | ObjectStore | RepositoryIndex | Roots | RowWriter | Scope.Scope | R
> {
  const index = yield* ObjectIndex
  const nodes = new Nodes()
  const holds: MpackHolds<Effect.Error<ReturnType<typeof index.known>>> = (ids) =>
    Effect.map(index.known(open.id, ids), (known) => {
      for (const [id, node] of known.commits) nodes.known.set(id, node)
      return known
    })
  const { header, objects } = yield* readMpack(source, { holds })
  const wanted = yield* asked(header, open)
  const branch = yield* Effect.fromResult(branchName(wanted.branch))
  // Refuse what can be refused before the objects are read.
  yield* checkLease(open.root.value, branch, wanted.expect)
  if (headOf(open.root.value, branch) === undefined) {
    yield* checkNewBranch(open.root.value, branch, open.principal.user)
  } else if (headOf(open.root.value, branch) !== wanted.head) yield* checkDirectChange(open.root.value, branch)

  const count = yield* takingBytes(open)
  const said: Array<{ readonly commit: CommitId; readonly remarks: Remarks }> = []
  const record = Effect.fnUntraced(function* (batch: ReadonlyArray<Arrived>) {
    const commits = batch.filter((arrived) => arrived.type === "commit")
    for (const { commit, stored } of commits) {
      const remarks = remarksOf(commit.record)
      if (!saysAll(remarksOf(stored.value.record), remarks)) said.push({ commit: commit.id, remarks })
    }
    const blobs = batch.flatMap((arrived) => (arrived.type === "blob" ? [arrived.stored] : []))
    if (commits.some(({ introduces }) => introduces.includes(emptyBlobId))) {
      blobs.push(yield* putBlob(open.id, blobOf(new Uint8Array())))
    }
    yield* recordHistory(open.id, {
      blobs,
      snapshots: batch.flatMap((arrived) => (arrived.type === "snapshot" ? [arrived.stored] : [])),
      commits: {
        stored: commits.map(({ stored }) => stored),
        nodes: { get: (id) => nodes.of(id) },
        introduces: new Map(commits.map(({ introduces, stored }) => [stored.id, introduces])),
        heads: new Set([wanted.head])
      }
    })
  })
  const manifests = new ManifestWindow(open)
  let batch: Array<Arrived> = []
  let entries = 0
  const take = (arrived: Arrived) => {
    batch.push(arrived)
    if (arrived.type === "snapshot") {
      manifests.written(arrived.stored.id)
      entries += arrived.stored.value.manifest.size
    }
    if (batch.length < batchSize && entries < batchEntriesMax) return Effect.void
    const full = batch
    batch = []
    entries = 0
    return record(full)
  }
  const takeCounted = (arrived: Arrived) => Effect.andThen(take(arrived), count(createdBytes([arrived.stored])))
  yield* Stream.runForEach(putAll(open, objects, nodes, manifests), takeCounted).pipe(
    // What was stored before the push broke off counts too.
    Effect.onError(() =>
      Effect.catch(
        Effect.suspend(() => record(batch)),
        (error) => Effect.logWarning("objects of a push that broke off are not recorded", error)
      )
    )
  )
  if (batch.length > 0) yield* record(batch)

  const tip = wanted.head
  if (nodes.of(tip) === undefined) {
    const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: [tip] })
    if (!commits.has(tip)) return yield* missing("commit", [tip])
  }
  const graph = yield* graphOfMove(open.id, [...nodes.known.values(), ...nodes.came.values()])
  const target = { by: open.principal.user, branch, tip, force: wanted.force, expect: wanted.expect, graph }
  yield* checkTarget(open.root.value, target)
  yield* Effect.forEach(said, ({ commit, remarks }) => joinRemarksTo(open, commit, remarks), {
    concurrency: storeConcurrency,
    discard: true
  })
  const reachable = yield* inSlices(() => nodes.behind(tip))
  const root = yield* moveRoot(open, closingMerged(graph, moveBranch(target, open.principal)), reachable)
  const answer: PushAnswer = { branch, head: tip, heads: root.value.heads, commits: reachable.length }
  return answer
}, Effect.scoped)
