/**
 * Fetches an answer of 1 GiB: the hub must stream it, so its memory must not grow with it. The hub is started anew for
 * the fetch, so that the peak is the fetch's own. Also pushes the same bytes, which are streamed through.
 */
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import { arrayHeader, binHeader, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { type Body, createRepository, fetchAndForget, push, uploadObjects } from "../client/client.ts"
import type { Figure } from "../measure.ts"
import { MiB, type Recording, type Recordings, recordings } from "../client/recordings.ts"
import { fetchRequest } from "../client/requests.ts"
import { type Bench, scaled, withHub } from "./Bench.ts"

const blobBytes = 16 * MiB
const blobCount = 64
/** Blobs in one call, so that four calls share the work as in a push of many objects. */
const blobsPerCall = 4

const bodyOf = (files: ReadonlyArray<Recording>): Body => {
  const opening = Buffer.concat([mapHeader(1), str("objects"), arrayHeader(files.length)])
  const headOf = ({ id }: Recording) =>
    Buffer.concat([mapHeader(2), str("object_id"), str(id), str("content"), binHeader(blobBytes)])
  const heads = files.reduce((sum, file) => sum + headOf(file).byteLength, 0)
  return {
    size: opening.byteLength + heads + files.length * blobBytes,
    pieces: function* () {
      yield opening
      for (const file of files) {
        yield headOf(file)
        yield file.content()
      }
    }
  }
}

const requestsOf = ({ commit, snapshot }: Recordings) => ({
  filter: encode({ object_ids: [...snapshot.manifest.values()].toSorted() }),
  objects: [],
  push: encode({
    bundle: { commits: [commit.record as JsonObject], snapshots: [snapshotRecord(snapshot)], objects: [] },
    branch: "main",
    force: false
  })
})

export const large = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const content = recordings({ count: scaled(bench, blobCount), bytes: blobBytes, seed: 1000 })
  const { count, files } = content
  const bodies = Array.from({ length: Math.ceil(count / blobsPerCall) }, (_, call) =>
    bodyOf(files.slice(call * blobsPerCall, (call + 1) * blobsPerCall))
  )
  const [millis, pushCost] = await withHub(bench, "large", async (hub) => {
    const { path } = await createRepository(hub, "bench", "large")
    return hub.costOf(async () => {
      const started = performance.now()
      await uploadObjects(hub, path, bodies)
      await push(hub, path, requestsOf(content))
      return performance.now() - started
    })
  })
  const size = `${(count * blobBytes) / MiB} MiB in ${count} blobs`
  bench.say(`${bench.store.name}, push ${size}: ${Math.round(millis)} ms`)
  const [answer, fetchCost] = await withHub(bench, "large", (hub) =>
    hub.costOf(() => fetchAndForget(hub, "/bench/large", fetchRequest([content.commit.id])))
  )
  const { name } = bench.store
  const figure = (what: string, millis: number, bytes: number) => ({
    what: `${name}: ${what}`,
    seconds: millis / 1000,
    megabytesPerSecond: bytes / 1e3 / millis
  })
  return [
    { ...figure(`push ${size}`, millis, count * blobBytes), ...pushCost },
    { ...figure(`fetch ${size}`, answer.total, answer.bytes), ...fetchCost }
  ]
}
