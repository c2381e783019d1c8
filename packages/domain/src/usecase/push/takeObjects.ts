/** Adds the objects of a push as a stream to packs, as they arrive. */
import { Effect, Iterable, Stream } from "effect"
import { eachInSlices } from "../../base/Slices.ts"
import type { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { type ObjectName, Packs } from "../../invariant/packs/Packs.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { Commit } from "../../object/Commit.ts"
import { emptyBlobId, ObjectType } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { remarksOf, saysSomething } from "../../repository/Annotation.ts"
import type { MpackObject } from "../../wire/mpack/readMpack.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { countingPacks } from "../access/takingBytes.ts"
import type { ArrivingNodes } from "./ArrivingNodes.ts"
import { missing } from "./ObjectsMissing.ts"

/** The objects that were taken, since the repository did not have them. */
export interface Took {
  readonly commits: number
  readonly snapshots: number
  readonly blobs: number
  /** The first ones, each as its type and id. */
  readonly objects: ReadonlyArray<string>
}

/** The most objects that an answer names. */
const namedMax = 100

/**
 * Checks a commit that names all its hashed parents because they are more than it records. Each must exist; otherwise
 * the commit could leave parents out.
 */
const checkHashedParents = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  nodes: ArrivingNodes,
  commit: Commit
) {
  const hashed = commit.record.hashed_parent_ids ?? []
  const outside = hashed.filter((id) => !nodes.came.has(id))
  if (outside.length === 0) return
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: outside })
  const unknown = outside.filter((id) => !commits.has(id))
  if (unknown.length > 0) return yield* missing("commit", unknown)
})

/** What came of the objects of a stream. */
interface Taken {
  /** Commits that the repository had. */
  readonly resent: ReadonlyArray<Commit>
  readonly took: Took
  /** Whether objects were taken that a commit or snapshot of the repository needs: they had been lost. */
  readonly restores: boolean
}

/**
 * Adds the objects to the packs as they arrive, without those that the repository has. The store is asked whether it
 * has them still, so that a client which sends everything puts back what was lost.
 */
export const takeObjects = Effect.fnUntraced(function* <E, R>(
  open: OpenRepository<"write">,
  objects: Stream.Stream<MpackObject<E>, E, R>,
  nodes: ArrivingNodes,
  packs: NewPacks
) {
  const countPacks = yield* countingPacks(open, packs)
  const { confirming, lookIn, namedBy } = yield* Packs
  const look = yield* lookIn(open.id, yield* namedBy(open.root.value))
  const confirm = confirming()
  const resent: Array<Commit> = []
  const taken = { blob: new Set<string>(), snapshot: new Set<string>(), commit: new Set<string>() }
  let hasEmptyFile = false
  let restores = false
  const isHeld = Effect.fnUntraced(function* (name: ObjectName) {
    const place = look(name)
    return place !== undefined && (yield* confirm(place))
  })
  const takeBlob = Effect.fnUntraced(function* (blob: MpackObject<E> & { readonly type: "blob" }) {
    const { id, size, content } = blob
    const isNew =
      content instanceof Uint8Array
        ? !(yield* isHeld({ type: "blob", id })) && (yield* packs.addBlob(blobOf(content)))
        : yield* packs.addBlob(blobArriving(id, size, content))
    if (isNew) taken.blob.add(id)
  })
  const takeSnapshot = Effect.fnUntraced(function* (snapshot: Snapshot) {
    const blobs = snapshot.manifest
    if (yield* isHeld({ type: "snapshot", id: snapshot.id })) {
      if (taken.blob.size === 0) return
      return yield* eachInSlices(blobs.values(), (id) => {
        restores ||= taken.blob.has(id)
      })
    }
    yield* eachInSlices(blobs.values(), (id) => {
      hasEmptyFile ||= id === emptyBlobId
    })
    yield* packs.addSnapshot(snapshot)
    taken.snapshot.add(snapshot.id)
  })
  const takeCommit = Effect.fnUntraced(function* (commit: Commit) {
    yield* checkHashedParents(open, nodes, commit)
    nodes.add(commit)
    if (yield* isHeld({ type: "commit", id: commit.id })) {
      restores ||= taken.snapshot.has(commit.snapshotId) || commit.parents.some((id) => taken.commit.has(id))
      if (saysSomething(remarksOf(commit.record))) resent.push(commit)
      return
    }
    yield* packs.addCommit(commit)
    taken.commit.add(commit.id)
  })
  const take = Effect.fnUntraced(function* (object: MpackObject<E>) {
    switch (object.type) {
      case "blob":
        return yield* takeBlob(object)
      case "snapshot":
        return yield* takeSnapshot(object.snapshot)
      case "commit":
        return yield* takeCommit(object.commit)
    }
  })
  yield* Stream.runForEach(objects, (object) => Effect.andThen(take(object), countPacks))
  // A stream does not send the empty blob.
  if (hasEmptyFile && look({ type: "blob", id: emptyBlobId }) === undefined)
    yield* packs.addBlob(blobOf(new Uint8Array()))
  const took: Took = {
    commits: taken.commit.size,
    snapshots: taken.snapshot.size,
    blobs: taken.blob.size,
    objects: ObjectType.literals
      .flatMap((type) => Array.from(Iterable.take(taken[type], namedMax), (id) => `${type} ${id}`))
      .slice(0, namedMax)
  }
  return { resent, took, restores } satisfies Taken
})
