/**
 * What the hub derives beside its requests: how fast, how much memory that takes with all derivers at work, and how
 * much slower a push is beside it. Deriving alone is `musehub derive` beside the hub, less the same command with
 * nothing to do, which is mostly its start.
 */
import { layer as extractorLayer } from "@musehub/adapter-treesitter/TreeSitterExtractor"
import { Extractor } from "@musehub/domain/port/extractor/Extractor"
import { elementAt } from "@musehub/domain/base/expected"
import { Effect } from "effect"
import { createRepository, type Place } from "../client/client.ts"
import { mpackContent, writtenPush } from "../client/mpackBodies.ts"
import { pushMpack } from "../client/mpackClient.ts"
import { generate, type GeneratedRepository, shapes } from "../GeneratedRepository.ts"
import type { Hub } from "../Hub.ts"
import { collectGarbage, type Figure, inTurn, timed } from "../measure.ts"
import { type Bench, scaledShape, withHub } from "./Bench.ts"
import { untilDerived } from "./derived.ts"

/** Finds the symbols of all blobs, one after the other, and forgets them. Returns the seconds without the start. */
const parseAll = ({ blobs }: GeneratedRepository): Promise<number> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { extract } = yield* Extractor
      yield* extract("python", new Uint8Array())
      const started = performance.now()
      for (const bytes of blobs.values()) yield* extract("python", bytes)
      return (performance.now() - started) / 1000
    }).pipe(Effect.provide(extractorLayer))
  )

/** Derives one thing of a repository again. Returns the seconds beyond those of the command with nothing to do. */
const deriveAgain = async (hub: Hub, { path }: Place, only: string): Promise<number> => {
  const command = ["derive", "--only", only, "--repo", path.slice(1)]
  const all = await timed(() => hub.operate(...command, "--again"))
  return all - (await timed(() => hub.operate(...command)))
}

export const deriving = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "deriving", async (hub) => {
    const repository = generate(scaledShape(bench, shapes.B))
    const content = mpackContent(repository)
    const [file = ""] = elementAt(repository.commits, 0).snapshot.manifest.keys()
    const { name } = bench.store
    let made = 0
    let peakMiB = 0
    const push = async (): Promise<readonly [Place, number]> => {
      const place = await createRepository(hub, "bench", `deriving-${++made}`)
      const body = await writtenPush(place.id, content)
      collectGarbage()
      return [place, (await pushMpack(hub, place, body)) / 1000]
    }
    const settle = async (place: Place) => {
      await untilDerived(hub, place, "touches", file)
      await untilDerived(hub, place, "symbols", file)
    }
    const [first] = await push()
    await settle(first)
    let last = first
    const seconds = await inTurn(bench.runs, {
      quiet: async () => {
        const [place, seconds] = await push()
        last = place
        return seconds
      },
      beside: async () => {
        const [[place, seconds], cost] = await hub.costOf(async () => {
          const pushed = await push()
          await settle(last)
          await settle(pushed[0])
          return pushed
        })
        peakMiB = Math.max(peakMiB, cost.peakMiB)
        bench.say(`a push beside deriving: ${seconds.toFixed(1)} s, peak ${Math.round(cost.peakMiB)} MiB`)
        last = place
        return seconds
      },
      touches: () => deriveAgain(hub, first, "touches"),
      symbols: () => deriveAgain(hub, first, "symbols"),
      parsing: () => parseAll(repository)
    })
    const commits = repository.commits.length
    return [
      {
        what: `${name}: push ${shapes.B.name}, mpack, beside deriving`,
        seconds: seconds.beside,
        peakMiB,
        ratios: [["a push while nothing is derived", seconds.beside / seconds.quiet]]
      },
      {
        what: `${name}: touches of ${commits.toLocaleString("en")} commits`,
        seconds: seconds.touches,
        notes: [`${Math.round(commits / seconds.touches).toLocaleString("en")} commits/s`]
      },
      {
        what: `${name}: symbols of ${commits.toLocaleString("en")} commits`,
        seconds: seconds.symbols,
        ratios: [["the parser alone", seconds.symbols / seconds.parsing]],
        notes: [`${Math.round(commits / seconds.symbols).toLocaleString("en")} commits/s`]
      }
    ]
  })
