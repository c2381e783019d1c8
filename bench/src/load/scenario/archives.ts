/**
 * Downloads trees as one file, in both forms: one of many small files, and one of a large one. What the hub holds must
 * not grow with either. The hub is started anew for each download, so that the peak is its own.
 */
import { archiveFormats } from "@musehub/domain/usecase/browse/archiveTree"
import { createRepository, downloadAndForget } from "../client/client.ts"
import { type MpackContent, mpackContent, streamedPush } from "../client/mpackBodies.ts"
import { pushMpack } from "../client/mpackClient.ts"
import { MiB, recordings } from "../client/recordings.ts"
import { generate, shapes } from "../GeneratedRepository.ts"
import type { Figure } from "../measure.ts"
import { type Bench, scaled, scaledShape, withHub } from "./Bench.ts"

const largeBytes = 1024 * MiB

/** What is downloaded, each made when it is asked for. */
const trees = (bench: Bench): ReadonlyArray<readonly [what: string, content: () => MpackContent]> => {
  const bytes = scaled(bench, largeBytes)
  const shape = { ...scaledShape(bench, shapes.C), commits: 1 }
  return [
    [`${shape.files.toLocaleString("en")} files`, () => mpackContent(generate(shape))],
    [`a file of ${Math.round(bytes / MiB)} MiB`, () => recordings({ count: 1, bytes, seed: 3000 }).push]
  ]
}

export const archives = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const { name } = bench.store
  const figures: Array<Figure> = []
  for (const [place, [what, content]] of trees(bench).entries()) {
    const { path } = await withHub(bench, `archives-${place}`, async (hub) => {
      const made = await createRepository(hub, "bench", `archives-${place}`)
      await pushMpack(hub, made, streamedPush(made.id, content()))
      return made
    })
    for (const format of archiveFormats) {
      const [{ bytes, total }, cost] = await withHub(bench, `archives-${place}`, (hub) =>
        hub.costOf(() => downloadAndForget(hub, `/api/v1/repos${path}/archive?format=${format}`))
      )
      bench.say(`${name}, ${format} of ${what}: ${Math.round(total)} ms, peak ${Math.round(cost.peakMiB)} MiB`)
      figures.push({
        what: `${name}: ${format} of ${what}`,
        seconds: total / 1000,
        megabytesPerSecond: bytes / 1e3 / total,
        ...cost
      })
    }
  }
  return figures
}
