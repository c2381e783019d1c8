/** Finds objects by reading the history from the store, while the index is away. */
import { Effect } from "effect"
import { readCommit, readSnapshot } from "../../invariant/ObjectReader.ts"
import type { CommitId, IdOf, ObjectType, SnapshotId } from "../../object/Id.ts"
import { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { Fault } from "../../port/UnavailableReason.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** What one search reads: commits and snapshots, and their bytes. */
const recordsMax = 10_000
const recordBytesMax = 64 * 1024 * 1024

const tooFar = (records: number) =>
  new IndexUnavailable({
    operation: "missingFromRefs",
    reason: new Fault({ cause: new Error(`the objects are not in the ${records} newest commits and snapshots`) })
  })

/**
 * Returns those of these objects to which no branch or tag of the root leads. Reads from the refs backwards until all
 * are found; whether an object is in the store makes no difference, so nothing tells those of refused pushes from
 * objects that never were. Fails with `IndexUnavailable` where the history is too long to be read for one answer.
 */
export const missingFromRefs = Effect.fnUntraced(function* <T extends ObjectType>(
  { id: repository, root }: OpenRepository,
  type: T,
  ids: ReadonlyArray<IdOf[T]>
) {
  const wanted = new Set<string>(ids)
  const queue: Array<CommitId> = []
  const commits = new Set<CommitId>()
  const snapshots = new Set<SnapshotId>()
  let [records, bytes] = [0, 0]

  const reach = (found: Iterable<CommitId>) => {
    for (const id of found) {
      if (commits.has(id)) continue
      commits.add(id)
      queue.push(id)
      if (type === "commit") wanted.delete(id)
    }
  }
  /** Reads in parallel, and counts what was read. */
  const readAll = <A, B extends { readonly storedBytes: number }, E, R>(
    some: ReadonlyArray<A>,
    read: (id: A) => Effect.Effect<B, E, R>
  ) =>
    Effect.tap(Effect.forEach(some, read, { concurrency: storeConcurrency }), (done) =>
      Effect.sync(() => {
        records += done.length
        for (const { storedBytes } of done) bytes += storedBytes
      })
    )

  reach(root.value.heads.map(([, head]) => head))
  reach(root.value.tags.map(({ commit }) => commit))
  // The queue grows during the walk: parents are read after their children.
  let taken = 0
  while (wanted.size > 0 && taken < queue.length) {
    const some = queue.slice(taken, taken + storeConcurrency)
    taken += some.length
    if (records >= recordsMax || bytes >= recordBytesMax) return yield* tooFar(records)
    const read = (yield* readAll(some, (id) => readCommit(repository, id))).map(({ commit }) => commit)
    for (const { parents } of read) reach(parents)
    if (type === "commit") continue
    const fresh = [...new Set(read.map(({ snapshotId }) => snapshotId))].filter((id) => !snapshots.has(id))
    for (const id of fresh) snapshots.add(id)
    if (type === "snapshot") for (const id of fresh) wanted.delete(id)
    else {
      for (const { snapshot } of yield* readAll(fresh, (id) => readSnapshot(repository, id))) {
        for (const blob of snapshot.manifest.values()) wanted.delete(blob)
      }
    }
  }
  return ids.filter((id) => wanted.has(id))
})
