/**
 * Fetches one new commit that changed one file, from a repository of 10 commits and 10 files and from one of 10,000 and
 * 10,000. The answer is the commit, one blob and one snapshot, so the snapshot makes the difference: 1.2 MB against 1
 * kB. The time excludes the request for the refs, which would bring the two closer together.
 */
import type { CommitId } from "@musehub/domain/object/Id"
import { fetchMpackChecked, holdsTheRest } from "../client/checkedClient.ts"
import { createRepository, fetchAndForget } from "../client/client.ts"
import { type GeneratedCommit, growing, shapes, type Shape } from "../GeneratedRepository.ts"
import type { Hub } from "../Hub.ts"
import { type Figure, inTurn } from "../measure.ts"
import { mpackContent, writtenPush } from "../client/mpackBodies.ts"
import { acceptMpack, pushMpack } from "../client/mpackClient.ts"
import { fetchRequest } from "../client/requests.ts"
import { type Bench, scaledShape, uncached, withHub } from "./Bench.ts"

/** One fetch takes milliseconds, so it is repeated more often than other measurements. */
const repeats = 15
const warmUps = 3
const commitsPerPush = 500

/** Pushes the whole history and returns a client that is one commit behind at each request. */
const prepare = async (bench: Bench, hub: Hub, shape: Shape) => {
  const { blobs, next } = growing(shape)
  const place = await createRepository(hub, "bench", `fetch-${shape.name}`)
  const sent = new Set<string>()
  let tip: CommitId | undefined
  const send = async (commits: ReadonlyArray<GeneratedCommit>) => {
    const content = mpackContent({ name: shape.name, commits, blobs }, sent)
    await pushMpack(hub, place, await writtenPush(place.id, content))
    for (const { id, type } of content.sources) if (type !== "commit") sent.add(id)
    tip = content.tip
  }
  for (let count = 0; count < shape.commits; count += commitsPerPush) {
    await send(Array.from({ length: Math.min(commitsPerPush, shape.commits - count) }, () => next()))
    bench.say(`${bench.store.name}, ${shape.name}: ${Math.min(count + commitsPerPush, shape.commits)} commits pushed`)
  }
  const grow = async () => {
    const had = tip === undefined ? [] : [tip]
    const commit = next(true)
    await send([commit])
    return fetchRequest([commit.id], had)
  }
  const objectsOfOne = 3
  return {
    counted: async () => {
      const { refs, total } = await fetchAndForget(hub, place.path, await grow(), acceptMpack)
      return (total - refs) / 1000
    },
    checked: async () => {
      const { objects, refs, total } = await fetchMpackChecked(hub, place.path, await grow(), { holds: holdsTheRest })
      if (objects !== objectsOfOne) throw new Error(`${objects} objects came instead of ${objectsOfOne}`)
      return (total - refs) / 1000
    }
  }
}

export const incrementalFetch = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(
    bench,
    "incremental-fetch",
    async (hub) => {
      const wideShape = scaledShape(bench, shapes.wide)
      const narrow = await prepare(bench, hub, shapes.narrow)
      const wide = await prepare(bench, hub, wideShape)
      const measured = {
        narrow: narrow.counted,
        wide: wide.counted,
        narrowChecked: narrow.checked,
        wideChecked: wide.checked
      }
      await inTurn(warmUps, measured)
      const seconds = await inTurn(repeats, measured)
      const from = (shape: Shape) =>
        `${bench.store.name}: fetch 1 commit of ${shape.commits.toLocaleString("en")} × ` +
        `${shape.files.toLocaleString("en")} files`
      return [
        { what: from(shapes.narrow), seconds: seconds.narrow },
        { what: from(wideShape), seconds: seconds.wide, ratios: [["small", seconds.wide / seconds.narrow]] },
        { what: `${from(shapes.narrow)}, checked`, seconds: seconds.narrowChecked },
        {
          what: `${from(wideShape)}, checked`,
          seconds: seconds.wideChecked,
          ratios: [["small", seconds.wideChecked / seconds.narrowChecked]]
        }
      ]
    },
    uncached
  )
