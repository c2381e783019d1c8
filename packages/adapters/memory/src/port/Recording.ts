/** Records objects, and the root that names them. */
import { assertSameRepository } from "@musehub/domain/port/index/assertSameRepository"
import type { ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import type { RecordBatch, RowWriter } from "@musehub/domain/port/index/RowWriter"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import { remarksOf } from "@musehub/domain/repository/Annotation"
import type { Root } from "@musehub/domain/repository/Root"
import { Effect } from "effect"
import { getOrSet } from "../rows/getOrSet.ts"
import type { Rows } from "../rows/Rows.ts"
import { evictManifests } from "./Manifests.ts"
import { joinInto } from "./Remarks.ts"

/** Returns only the fields of evidence that describe the object's bytes. */
const objectRow = ({ id, size, storageUri, sha256 }: ObjectRow): ObjectRow => ({ id, size, storageUri, sha256 })

const reflect = (rows: Rows, root: StoredDocument<Root>) => {
  if (!rows.roots.reflect(root)) return
  rows.derived.addIdentity(root.value.repository)
  evictManifests(rows.of(root.value.repository.id))
}

const record = (rows: Rows, batch: RecordBatch) => {
  assertSameRepository(
    batch.repository,
    batch.blobs,
    batch.snapshots,
    batch.commits.map(({ stored }) => stored),
    batch.packs
  )
  const recorded = rows.addingTo(batch.repository)
  const { blobs, snapshots, commits, introducers, commitsOf, packs, staged } = recorded
  for (const stored of batch.blobs) getOrSet(blobs, stored.id, () => objectRow(stored))
  const kept = rows.nextBatch()
  for (const stored of batch.snapshots)
    getOrSet(snapshots, stored.id, () => ({
      row: objectRow(stored),
      manifest: batch.cachedManifests.has(stored.id) ? stored.value.manifest : undefined,
      kept
    }))
  for (const entry of batch.commits) {
    const { id, value } = entry.stored
    if (commits.has(id)) continue
    commits.set(id, { entry, row: objectRow(entry.stored) })
    rows.derived.add(batch.repository, id, entry.generation)
    getOrSet(commitsOf, value.snapshotId, () => new Set()).add(id)
    for (const blob of entry.introduces) getOrSet(introducers, blob, () => new Set()).add(id)
    joinInto(recorded, id, remarksOf(value.record))
  }
  for (const { ref } of batch.packs) packs.add(ref.sha256)
  for (const sha256 of batch.dropped) packs.delete(sha256)
  for (const [id, { ref }] of staged) if (packs.has(ref.sha256)) staged.delete(id)
  if (batch.root !== undefined) reflect(rows, batch.root)
}

export const make = (rows: Rows): RowWriter["Service"] => ({
  record: (batch) => Effect.sync(() => record(rows, batch))
})
