/**
 * Eight clients clone 1 GiB each in mpack, at the same time and as fast as they can: the hub's memory must stay under
 * 300 MiB. The clients run in this process and discard what they read. The hub is another process, started anew so that
 * the peak is theirs; the kernel tracks the peak, so no spike is missed between samples. Also measures 1 GiB pushed in
 * mpack.
 */
import { createRepository, fetchAndForget, type Media } from "../client/client.ts"
import { type Figure, median } from "../measure.ts"
import { streamedPush } from "../client/mpackBodies.ts"
import { acceptMpack, acceptZstd, pushMpack } from "../client/mpackClient.ts"
import { MiB, recordings } from "../client/recordings.ts"
import { fetchRequest } from "../client/requests.ts"
import { type Bench, scaled, withHub } from "./Bench.ts"

const clientCount = 8
const blobBytes = 64 * MiB
const blobCount = 16

export const clients = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const content = recordings({ count: scaled(bench, blobCount), bytes: blobBytes, seed: 2000 })
  const bytes = content.count * blobBytes
  const size = `${bytes / MiB} MiB`
  const { name } = bench.store
  const [[millis, pushCost], place] = await withHub(bench, "clients", async (hub) => {
    const place = await createRepository(hub, "bench", "clients")
    return [await hub.costOf(() => pushMpack(hub, place, streamedPush(place.id, content.push))), place] as const
  })
  bench.say(`${name}, push ${size}, mpack: ${Math.round(millis)} ms, peak ${Math.round(pushCost.peakMiB)} MiB`)

  const body = fetchRequest([content.commit.id])
  const clone = (what: string, media: Media) =>
    withHub(bench, "clients", async (hub): Promise<Figure> => {
      const seconds: Array<number> = []
      const cpuSeconds: Array<number> = []
      const peaks: Array<number> = []
      for (let run = 0; run < bench.runs; run++) {
        const [total, cost] = await hub.costOf(async () => {
          const started = performance.now()
          const all = Array.from({ length: clientCount }, () => fetchAndForget(hub, place.path, body, media))
          for (const { bytes: arrived } of await Promise.all(all)) {
            if (arrived < bytes) throw new Error(`a client got ${arrived} of ${bytes} bytes`)
          }
          return (performance.now() - started) / 1000
        })
        bench.say(`${name}, ${what}: ${total.toFixed(1)} s, peak ${Math.round(cost.peakMiB)} MiB`)
        seconds.push(total)
        cpuSeconds.push(cost.cpuSeconds)
        peaks.push(cost.peakMiB)
      }
      return {
        what: `${name}: ${what}`,
        seconds: median(seconds),
        megabytesPerSecond: (clientCount * bytes) / 1e6 / median(seconds),
        cpuSeconds: median(cpuSeconds),
        // A limit applies to the worst run, not to the average.
        peakMiB: Math.max(...peaks)
      }
    })

  const what = `${clientCount} clients clone ${size} each, mpack`
  return [
    {
      what: `${name}: push ${size}, mpack`,
      seconds: millis / 1000,
      megabytesPerSecond: bytes / 1e3 / millis,
      ...pushCost
    },
    await clone(what, acceptMpack),
    await clone(`${what}, zstd`, acceptZstd)
  ]
}
