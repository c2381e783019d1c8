/** Finds out which objects a repository has, while the index is away. */
import { Effect, Stream } from "effect"
import { allHeads } from "../../invariant/refs/heads.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import { readCommits, readSnapshot } from "../../invariant/ObjectReader.ts"
import { type ObjectName, Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, CommitId, IdOf, ObjectType, SnapshotId } from "../../object/Id.ts"
import { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { Fault } from "../../port/UnavailableReason.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** What one search reads: commits and snapshots, and their bytes. */
const recordsMax = 10_000
const recordBytesMax = 64 * 1024 * 1024

const tooFar = (records: number) =>
  new IndexUnavailable({
    operation: "missingFromStore",
    reason: new Fault({ cause: new Error(`the objects are not in the ${records} newest commits and snapshots`) })
  })

/**
 * Returns those of these objects that the repository does not have: that are in no pack which the root names and, if
 * they are large blobs, in no snapshot to which a branch or tag leads. Fails with `IndexUnavailable` where the history
 * is too long to be read for one answer.
 */
export const missingFromStore = Effect.fnUntraced(function* <T extends ObjectType>(
  open: OpenRepository,
  type: T,
  ids: ReadonlyArray<IdOf[T]>
) {
  const packs = yield* Packs
  const places = yield* packs.find(
    open.id,
    ids.map((id) => ({ type, id }) as ObjectName)
  )
  const unpacked = ids.filter((_, position) => places[position] === undefined)
  if (type !== "blob" || unpacked.length === 0) return unpacked
  const missing: ReadonlySet<string> = yield* missingFromRefs(open, unpacked as ReadonlyArray<BlobId>)
  return unpacked.filter((id) => missing.has(id))
})

/**
 * Returns those of these blobs that are in no snapshot to which a branch or tag of the root leads. Reads from the refs
 * backwards until all are found; whether a blob is in the store makes no difference, so nothing tells those of refused
 * pushes from blobs that never were.
 */
const missingFromRefs = Effect.fnUntraced(function* (
  { id: repository, root }: OpenRepository,
  ids: ReadonlyArray<BlobId>
) {
  const wanted = new Set(ids)
  const commits = new Set<CommitId>(yield* allHeads(root.value))
  yield* Stream.runForEach(refsIn(root.value, root.value.tags), ([, { commit }]) =>
    Effect.sync(() => commits.add(commit))
  )
  const queue = [...commits]
  const snapshots = new Set<SnapshotId>()
  let [records, bytes] = [0, 0]

  // The queue grows during the walk: parents are read after their children.
  for (let taken = 0; wanted.size > 0 && taken < queue.length;) {
    if (records >= recordsMax || bytes >= recordBytesMax) return yield* tooFar(records)
    const some = queue.slice(taken, taken + storeConcurrency)
    taken += some.length
    const read = yield* readCommits(repository, some, (commit, storedBytes) => {
      records += 1
      bytes += storedBytes
      return commit
    })
    for (const parent of read.flatMap(({ parents }) => parents)) {
      if (!commits.has(parent)) queue.push(parent)
      commits.add(parent)
    }
    const fresh = [...new Set(read.map(({ snapshotId }) => snapshotId))].filter((id) => !snapshots.has(id))
    for (const id of fresh) snapshots.add(id)
    const manifests = Effect.forEach(fresh, (id) => readSnapshot(repository, id), { concurrency: storeConcurrency })
    for (const { snapshot, storedBytes } of yield* manifests) {
      records += 1
      bytes += storedBytes
      for (const blob of snapshot.manifest.values()) wanted.delete(blob)
    }
  }
  return wanted
})
