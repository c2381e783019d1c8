/**
 * Pages for people, of a repository with 10,000 files and 10,000 commits: how long a browser waits for the first byte,
 * how large a page is, what a phone has to do to show it, and how much slower a push is beside people who read.
 */
import { elementAt } from "@musehub/domain/base/expected"
import { setTimeout as sleep } from "node:timers/promises"
import { gzipSync } from "node:zlib"
import { withPhone } from "../browser/phone.ts"
import { createRepository, type Media, type Place, send } from "../client/client.ts"
import { mpackContent, streamedPush, writtenPush } from "../client/mpackBodies.ts"
import { pushMpack } from "../client/mpackClient.ts"
import { generate, shapes } from "../GeneratedRepository.ts"
import type { Hub } from "../Hub.ts"
import { collectGarbage, type Figure, inTurn, percentile } from "../measure.ts"
import { type Bench, scaledShape, withHub } from "./Bench.ts"
import { untilDerived } from "./derived.ts"

const warmUps = 3
const requests = 100
const readers = 10
/** Pushes of a measurement. */
const pushes = 5

const browser: Media = { accept: "text/html" }

/** Reads a page without a session. Returns the seconds to its first byte, and its bytes. */
const readPage = async (hub: Hub, path: string) => {
  const started = performance.now()
  const response = await send({ url: hub.url, token: "" }, "GET", path, undefined, browser)
  const seconds = (performance.now() - started) / 1000
  const chunks: Array<Buffer> = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`)
  return { seconds, bytes: Buffer.concat(chunks) }
}

/** Lets readers look at one page after another, each for as many seconds, until `work` has ended. */
const besideReaders = async <A>(
  hub: Hub,
  paths: ReadonlyArray<string>,
  secondsOnPage: number,
  work: () => Promise<A>
): Promise<A> => {
  const readingMillis = secondsOnPage * 1000
  const over = new AbortController()
  const reader = async (number: number) => {
    await sleep((number * readingMillis) / readers)
    for (let page = number; !over.signal.aborted; page++) {
      await readPage(hub, elementAt(paths, page % paths.length))
      await sleep(readingMillis)
    }
  }
  const reading = Promise.all(Array.from({ length: readers }, (_, number) => reader(number)))
  reading.catch(() => undefined)
  try {
    return await Promise.race([work(), reading.then(() => Promise.reject(new Error("readers ended early")))])
  } finally {
    over.abort()
    await reading
  }
}

const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`

export const pages = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "pages", async (hub) => {
    const { name } = bench.store
    const shape = scaledShape(bench, shapes.wide)
    const { commits, place, path } = await (async () => {
      const repository = generate(shape)
      const place = await createRepository(hub, "bench", "pages")
      await pushMpack(hub, place, streamedPush(place.id, mpackContent(repository)))
      const [path = ""] = elementAt(repository.commits, 0).snapshot.manifest.keys()
      return { place, path, commits: repository.commits.map(({ id }) => id) }
    })()
    for (const what of ["touches", "symbols"] as const) await untilDerived(hub, place, what, path)
    const folder = path.split("/").slice(0, -1).join("/")
    const changed = elementAt(commits, Math.floor((commits.length - 1) / 50 / 2) * 50)
    const inRepository = (what: string, parameters: Readonly<Record<string, string>> = {}) => {
      const query = new URLSearchParams(parameters).toString()
      return `${place.path}/-/${what}${query === "" ? "" : `?${query}`}`
    }
    const looked: Readonly<Record<string, string>> = {
      "the first page": "/",
      "a repository": place.path,
      "a folder": inRepository("tree", { path: folder }),
      "a file": inRepository("blob", { path }),
      "the history": inRepository("history"),
      "the history of a file": inRepository("history", { path }),
      "the blame of a file": inRepository("blame", { path }),
      "a commit": inRepository(`commit/${changed}`),
      "a comparison": inRepository("compare", { base: changed, head: "main" }),
      "the branches": inRepository("branches"),
      "the tags": inRepository("tags"),
      "the releases": inRepository("releases"),
      "the reflog": inRepository("reflog"),
      "the proposals": inRepository("proposals"),
      "the insights": inRepository("insights"),
      "the storage of a repository": inRepository("storage")
    }
    const figures: Array<Figure> = []
    await withPhone(hub.url, async (look) => {
      for (const [what, address] of Object.entries(looked)) {
        for (let warmUp = 0; warmUp < warmUps; warmUp++) await readPage(hub, address)
        const seconds: Array<number> = []
        let bytes = Buffer.alloc(0)
        const [, { cpuSeconds }] = await hub.costOf(async () => {
          for (let request = 0; request < requests; request++) {
            const read = await readPage(hub, address)
            seconds.push(read.seconds)
            bytes = read.bytes
          }
        })
        const slowest = percentile(seconds, 0.95)
        const notes = [
          kib(bytes.byteLength),
          `${kib(gzipSync(bytes).byteLength)} gzipped`,
          `${((cpuSeconds * 1000) / requests).toFixed(1)} ms of the hub's processor time`,
          ...(await look(address))
        ]
        bench.say(`${what}: first byte ${(slowest * 1000).toFixed(0)} ms at p95, ${notes.join(", ")}`)
        figures.push({ what: `${name}: ${what}, first byte at p95`, seconds: slowest, notes })
      }
    })
    const content = mpackContent(generate(scaledShape(bench, shapes.A)))
    let made = 0
    /** Returns the mean, since a push is shorter than what readers do in turn. */
    const push = async () => {
      let seconds = 0
      for (let pushed = 0; pushed < pushes; pushed++) {
        const fresh: Place = await createRepository(hub, "bench", `pages-beside-${++made}`)
        const body = await writtenPush(fresh.id, content)
        collectGarbage()
        seconds += (await pushMpack(hub, fresh, body)) / 1000
      }
      return seconds / pushes
    }
    await push()
    const beside = (secondsOnPage: number) => () => besideReaders(hub, Object.values(looked), secondsOnPage, push)
    const { alone, ...others } = await inTurn(bench.runs, { alone: push, skimming: beside(1), reading: beside(5) })
    for (const [how, seconds] of Object.entries(others)) {
      figures.push({
        what: `${name}: push ${shapes.A.name}, mpack, beside ${readers} readers, ${how}`,
        seconds,
        ratios: [["the same alone", seconds / alone]]
      })
    }
    return figures
  })
