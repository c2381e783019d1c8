/**
 * The request bodies of a push as the real client sends them (docs/wire.md, sections 4 and 5), encoded beforehand, so
 * that only the server's time is measured.
 */
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import { type Encodable, encode } from "@musehub/msgpack/Encoder"
import type { GeneratedCommit } from "../GeneratedRepository.ts"

/** The number of objects that the client puts in one call. */
const objectsPerCall = 400

export interface PushRequests {
  readonly filter: Uint8Array
  readonly objects: ReadonlyArray<Uint8Array>
  readonly push: Uint8Array
  /** The number of blobs, snapshots and commits. */
  readonly objectCount: number
  /** The number of bytes in all bodies. */
  readonly bytes: number
}

/**
 * Encodes a push of these commits, given parents first. It asks about all blobs of their snapshots and sends the given
 * ones.
 */
export const pushRequests = (
  commits: ReadonlyArray<GeneratedCommit>,
  blobs: ReadonlyMap<BlobId, Uint8Array>
): PushRequests => {
  const wanted = new Set(commits.flatMap(({ snapshot }) => [...snapshot.manifest.values()]))
  const sent = [...blobs].filter(([id]) => wanted.has(id)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const objects: Array<Uint8Array> = []
  for (let start = 0; start < sent.length; start += objectsPerCall) {
    const batch = sent.slice(start, start + objectsPerCall)
    objects.push(encode({ objects: batch.map(([id, content]) => ({ object_id: id, content })) }))
  }
  const snapshots = new Map(commits.map(({ snapshot }) => [snapshot.id, snapshot]))
  // The tip comes first: that is how the hub learns the new head.
  const bundle = {
    commits: commits.map(({ record }) => record).toReversed(),
    snapshots: [...snapshots.values()].map((snapshot) => snapshotRecord(snapshot) as Encodable).toReversed(),
    objects: []
  }
  const filter = encode({ object_ids: [...wanted].toSorted() })
  const push = encode({ bundle, branch: "main", force: false })
  const bytes = [filter, push, ...objects].reduce((sum, body) => sum + body.byteLength, 0)
  return { filter, objects, push, objectCount: sent.length + snapshots.size + commits.length, bytes }
}

export const fetchRequest = (want: ReadonlyArray<CommitId>, have: ReadonlyArray<CommitId> = []): Uint8Array =>
  encode({ want, have })
