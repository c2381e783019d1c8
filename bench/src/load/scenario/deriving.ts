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
import { type MpackContent, mpackContent, streamedPush, writtenPush } from "../client/mpackBodies.ts"
import { pushMpack } from "../client/mpackClient.ts"
import { generate, type GeneratedRepository, shapes } from "../GeneratedRepository.ts"
import type { Hub } from "../Hub.ts"
import { collectGarbage, type Figure, inTurn, timed } from "../measure.ts"
import { type Bench, scaledShape, withHub } from "./Bench.ts"
import { untilDerived } from "./derived.ts"

/** Finds the symbols of all blobs. Returns the seconds without the start. */
const parseAll = ({ blobs }: GeneratedRepository): Promise<number> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { extract } = yield* Extractor
      yield* extract([{ language: "python", bytes: new Uint8Array() }])
      const started = performance.now()
      yield* extract(Array.from(blobs.values(), (bytes) => ({ language: "python", bytes })))
      return (performance.now() - started) / 1000
    }).pipe(Effect.provide(extractorLayer))
  )

/** Derives one thing of a repository again. Returns the seconds beyond those of the command with nothing to do. */
const deriveAgain = async (hub: Hub, { path }: Place, only: string): Promise<number> => {
  const command = ["derive", "--only", only, "--repo", path.slice(1)]
  const all = await timed(() => hub.operate(...command, "--again"))
  return all - (await timed(() => hub.operate(...command)))
}

/** What is derived from: B, with files that have symbols. */
interface Source {
  readonly repository: GeneratedRepository
  readonly content: MpackContent
  /** One of its paths. */
  readonly file: string
}

const settled = async (hub: Hub, place: Place, { file }: Source) => {
  await untilDerived(hub, place, "touches", file)
  await untilDerived(hub, place, "symbols", file)
}

/** Pushes, and starts the hub anew, so that the peak is that of deriving alone. */
const alone = async (bench: Bench, source: Source): Promise<Figure> => {
  const place = await withHub(bench, "deriving-alone", async (hub) => {
    const made = await createRepository(hub, "bench", "deriving-alone")
    await pushMpack(hub, made, streamedPush(made.id, source.content))
    return made
  })
  const started = performance.now()
  const [, cost] = await withHub(bench, "deriving-alone", (hub) => hub.costOf(() => settled(hub, place, source)))
  const what = `${bench.store.name}: everything derived from ${shapes.B.name} by a hub that has just started`
  return { what, seconds: (performance.now() - started) / 1000, ...cost }
}

const besidePushes = (bench: Bench, source: Source): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "deriving", async (hub) => {
    const { content, repository } = source
    const { name } = bench.store
    let made = 0
    let peakMiB = 0
    const push = async (): Promise<readonly [Place, number]> => {
      const place = await createRepository(hub, "bench", `deriving-${++made}`)
      const body = await writtenPush(place.id, content)
      collectGarbage()
      return [place, (await pushMpack(hub, place, body)) / 1000]
    }
    const settle = (place: Place) => settled(hub, place, source)
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

export const deriving = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const repository = generate({ ...scaledShape(bench, shapes.B), isPython: true })
  const [file = ""] = elementAt(repository.commits, 0).snapshot.manifest.keys()
  const source = { repository, content: mpackContent(repository), file }
  return [await alone(bench, source), ...(await besidePushes(bench, source))]
}
