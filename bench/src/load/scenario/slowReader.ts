/**
 * A client that reads 10 KiB a second: how far ahead of it the hub reads, and how much of that the hub holds. Bytes
 * read and written are the kernel's count for the hub's process: what it received from the store (and a little from the
 * index), minus what went into the socket, is in the hub. The kernel holds the socket's own buffers. Measured for large
 * files, which are streamed, and for files of the largest size that is packed, whose blocks are read ahead whole.
 */
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { setTimeout as sleep } from "node:timers/promises"
import { createRepository, fetchAndForget, type Place, type Remote, send } from "../client/client.ts"
import type { Hub } from "../Hub.ts"
import type { Figure } from "../measure.ts"
import { streamedPush } from "../client/mpackBodies.ts"
import { acceptMpack, pushMpack } from "../client/mpackClient.ts"
import { MiB, type Recordings, recordings, type RecordingsShape } from "../client/recordings.ts"
import { fetchRequest } from "../client/requests.ts"
import { type Bench, scaled, uncached, withHub } from "./Bench.ts"

const bytesPerTick = 1024
const ticksPerSecond = 10
const seconds = 20

const contents = {
  "64 MiB files": { count: 16, bytes: 64 * MiB, seed: 3000 },
  "256 KiB files": { count: 1024, bytes: packedBlobBytesMax, seed: 4000 }
} as const satisfies Record<string, RecordingsShape>

/** Fetched first, so that the code and buffers of a hub's first fetch are not attributed to the slow reader's. */
const warmUp: RecordingsShape = { count: 4, bytes: 512 * 1024, seed: 5000 }

const pushed = async (remote: Remote, name: string, { push }: Recordings): Promise<Place> => {
  const place = await createRepository(remote, "bench", name)
  await pushMpack(remote, place, streamedPush(place.id, push))
  return place
}

/** Opens a fetch, reads it slowly, then breaks the connection off. Returns the number of bytes it received. */
const readSlowly = async (remote: Remote, { path }: Place, body: Uint8Array): Promise<number> => {
  const response = await send(remote, "POST", `${path}/fetch`, body, acceptMpack)
  if (response.statusCode !== 200) throw new Error(`fetch: ${response.statusCode}`)
  const closed = new Promise<void>((resolve) => response.once("close", () => resolve()))
  let failure: unknown
  response.on("error", (cause) => {
    failure = cause
  })
  let taken = 0
  for (let tick = 0; tick < seconds * ticksPerSecond; tick++) {
    await sleep(1000 / ticksPerSecond)
    const piece = response.read(bytesPerTick) as Buffer | null
    taken += piece?.byteLength ?? 0
  }
  if (failure !== undefined) throw new Error(`the hub broke off after ${taken} bytes`, { cause: failure })
  response.destroy()
  await closed
  return taken
}

const measure = async (hub: Hub, place: Place, { commit }: Recordings): Promise<Pick<Figure, "notes" | "peakMiB">> => {
  const before = hub.state()
  const [taken, { peakMiB }] = await hub.costOf(() => readSlowly(hub, place, fetchRequest([commit.id])))
  const after = hub.state()
  const mebibytes = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`
  const read = after.read - before.read
  const written = after.written - before.written
  return {
    peakMiB,
    notes: [
      `taken ${mebibytes(taken)}`,
      `read from the store ${mebibytes(read)}`,
      `held by the hub ${mebibytes(read - written)}`,
      `held by the sockets ${mebibytes(written - taken)}`,
      `resident memory ${(peakMiB - before.residentMiB).toFixed(1)} MiB up`
    ]
  }
}

export const slowReader = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const figures: Array<Figure> = []
  for (const [what, shape] of Object.entries(contents)) {
    const content = recordings({ ...shape, count: scaled(bench, shape.count) })
    const name = `slow-${shape.bytes}`
    const first = recordings(warmUp)
    const [warm, place] = await withHub(
      bench,
      name,
      async (hub) => [await pushed(hub, "warm", first), await pushed(hub, "recordings", content)] as const
    )
    const measured = await withHub(
      bench,
      name,
      async (hub) => {
        await fetchAndForget(hub, warm.path, fetchRequest([first.commit.id]), acceptMpack)
        return measure(hub, place, content)
      },
      uncached
    )
    figures.push({ what: `${bench.store.name}: a reader of 10 KiB/s, ${what}`, seconds, ...measured })
    bench.say(`${bench.store.name}, a reader of 10 KiB/s, ${what}: ${measured.notes?.join(", ")}`)
  }
  return figures
}
