/** Adds the objects of a push as a stream to packs, as they arrive. */
import { Effect, Iterable, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { eachInSlices, inSlices, sliceEntries } from "../../base/Slices.ts"
import type { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { Commit } from "../../object/Commit.ts"
import { emptyBlobId, ObjectType } from "../../object/Id.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
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
  const { confirming, lookIn, namedBy, recent } = yield* Packs
  const look = yield* lookIn(open.id, yield* namedBy(open.root.value))
  const confirm = confirming()
  const resent: Array<Commit> = []
  const taken = { blob: new Set<string>(), snapshot: new Set<string>(), commit: new Set<string>() }
  let hasEmptyFile = false
  let restores = false
  const sealingSnapshot = function* ({ sealing, snapshot }: MpackObject<E> & { readonly type: "snapshot" }) {
    let seen = 0
    for (const id of snapshot.manifest.values()) {
      hasEmptyFile ||= id === emptyBlobId
      if (++seen % sliceEntries === 0) yield
    }
    return yield* sealing()
  }
  const addBlob = ({ blob, content, id, size }: MpackObject<E> & { readonly type: "blob" }) => {
    if (blob !== undefined && size <= packedBlobBytesMax) {
      taken.blob.add(id)
      return packs.addNow(blob)
    }
    const added = packs.addBlob(content instanceof Uint8Array ? blobOf(content) : blobArriving(id, size, content))
    return Effect.map(added, (isNew) => {
      if (isNew) taken.blob.add(id)
    })
  }
  const addSnapshot = (object: MpackObject<E> & { readonly type: "snapshot" }) =>
    Effect.flatMap(
      inSlices(() => sealingSnapshot(object)),
      (sealed) => {
        recent.remember(object.snapshot, sealed)
        taken.snapshot.add(object.id)
        return packs.add(sealed)
      }
    )
  const addCommit = ({ commit, sealing }: MpackObject<E> & { readonly type: "commit" }) => {
    nodes.add(commit)
    taken.commit.add(commit.id)
    return Effect.flatMap(inSlices(sealing), (sealed) => packs.add(sealed))
  }
  /** Adds an object that the repository does not have, and returns what is left to do, if there is anything. */
  const add = (object: MpackObject<E>) => {
    switch (object.type) {
      case "blob":
        return addBlob(object)
      case "snapshot":
        return addSnapshot(object)
      case "commit":
        return addCommit(object)
    }
  }
  /** Notes what an object says that the repository has. */
  const note = (object: MpackObject<E>) => {
    switch (object.type) {
      case "blob":
        return Effect.void
      case "snapshot":
        return taken.blob.size === 0
          ? Effect.void
          : eachInSlices(object.snapshot.manifest.values(), (id) => {
              restores ||= taken.blob.has(id)
            })
      case "commit": {
        const { commit } = object
        nodes.add(commit)
        restores ||= taken.snapshot.has(commit.snapshotId) || commit.parents.some((id) => taken.commit.has(id))
        if (saysSomething(remarksOf(commit.record))) resent.push(commit)
        return Effect.void
      }
    }
  }
  const takeOne = (object: MpackObject<E>) => {
    const place = object.type === "blob" && object.blob === undefined ? undefined : look(object)
    if (place === undefined) return add(object)
    return Effect.flatMap(confirm(place), (isHeld) => (isHeld ? note(object) : (add(object) ?? Effect.void)))
  }
  /** Takes an object, and returns what is left to do, if there is anything. Most await nothing. */
  const take = (object: MpackObject<E>) =>
    object.type === "commit" && object.commit.record.hashed_parent_ids !== undefined
      ? Effect.andThen(
          checkHashedParents(open, nodes, object.commit),
          Effect.suspend(() => takeOne(object) ?? Effect.void)
        )
      : takeOne(object)
  const takeAll = (arrived: ReadonlyArray<MpackObject<E>>) => {
    let at = 0
    const next = () => {
      while (at < arrived.length) {
        const left = take(elementAt(arrived, at++))
        if (left !== undefined) return left
      }
      return Effect.void
    }
    return Effect.whileLoop({ while: () => at < arrived.length, body: next, step: () => undefined })
  }
  yield* Stream.runForEachArray(objects, (arrived) => Effect.andThen(takeAll(arrived), countPacks))
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
