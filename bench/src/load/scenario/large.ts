/**
 * An answer of 1 GiB: the hub must stream it, so its memory may not grow with it. The hub is started anew for the
 * fetch, so that the peak is the fetch's own. Also the way in: the same bytes pushed, streamed through.
 */
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId } from "@musehub/domain/object/Id"
import { commitIdOf } from "@musehub/domain/object/Commit"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { arrayHeader, binHeader, encode, mapHeader, str } from "@musehub/domain/wire/msgpack/Encoder"
import { type Body, createRepository, fetchAndForget, push, uploadObjects } from "../client.ts"
import type { Figure } from "../measure.ts"
import { randomBytes } from "../Random.ts"
import { fetchRequest } from "../requests.ts"
import { type Bench, withHub } from "./Bench.ts"

const MiB = 1024 * 1024
const blobBytes = 16 * MiB
const blobCount = 64
/** Blobs in one call, so that four calls share the work as in a push of many objects. */
const blobsPerCall = 4

const contentOf = (index: number): Buffer => randomBytes(1000 + index, blobBytes)

const bodyOf = (blobs: ReadonlyArray<readonly [index: number, id: BlobId]>): Body => {
  const opening = Buffer.concat([mapHeader(1), str("objects"), arrayHeader(blobs.length)])
  const headOf = (id: BlobId) =>
    Buffer.concat([mapHeader(2), str("object_id"), str(id), str("content"), binHeader(blobBytes)])
  const heads = blobs.reduce((sum, [, id]) => sum + headOf(id).byteLength, 0)
  return {
    size: opening.byteLength + heads + blobs.length * blobBytes,
    pieces: function* () {
      yield opening
      for (const [index, id] of blobs) {
        yield headOf(id)
        yield contentOf(index)
      }
    }
  }
}

const pushOf = (manifest: ReadonlyMap<string, BlobId>) => {
  const snapshotId = snapshotIdOf(manifest)
  const committedAt = "2026-03-01T10:00:00.000001+00:00"
  const message = "Add the recordings"
  const id = commitIdOf({ parents: [], snapshotId, message, committedAt })
  const commit = { commit_id: id, branch: "main", snapshot_id: snapshotId, message, committed_at: committedAt }
  const snapshot = { snapshot_id: snapshotId, manifest, created_at: committedAt }
  const bundle = { commits: [commit], snapshots: [snapshot], objects: [] }
  return {
    id,
    requests: {
      filter: encode({ object_ids: [...manifest.values()].toSorted() }),
      objects: [],
      push: encode({ bundle, branch: "main", force: false })
    }
  }
}

export const large = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const blobs = Array.from(
    { length: blobCount },
    (_, index) => [index, sha256(contentOf(index)) as string as BlobId] as const
  )
  const manifest = new Map(blobs.map(([index, id]) => [`recordings/take_${index}.wav`, id]))
  const { id, requests } = pushOf(manifest)
  const bodies = Array.from({ length: blobCount / blobsPerCall }, (_, call) =>
    bodyOf(blobs.slice(call * blobsPerCall, (call + 1) * blobsPerCall))
  )
  const [millis, pushCost] = await withHub(bench, "large", async (hub) => {
    const path = await createRepository(hub, "bench", "large")
    return hub.costOf(async () => {
      const started = performance.now()
      await uploadObjects(hub, path, bodies)
      await push(hub, path, requests)
      return performance.now() - started
    })
  })
  bench.say(`${bench.store.name}, push 1 GiB: ${Math.round(millis)} ms`)
  const [answer, fetchCost] = await withHub(bench, "large", (hub) =>
    hub.costOf(() => fetchAndForget(hub, "/bench/large", fetchRequest([id])))
  )
  const { name } = bench.store
  const figure = (what: string, millis: number, bytes: number) => ({
    what: `${name}: ${what}`,
    seconds: millis / 1000,
    megabytesPerSecond: bytes / 1e3 / millis
  })
  return [
    { ...figure("push 1 GiB in 64 blobs", millis, blobCount * blobBytes), ...pushCost },
    { ...figure("fetch 1 GiB in 64 blobs", answer.total, answer.bytes), ...fetchCost }
  ]
}
