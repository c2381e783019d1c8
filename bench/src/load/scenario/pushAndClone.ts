/** Push and clone of a whole repository: the hub, the bare store and git in turn, run by run. */
import { join } from "node:path"
import { bareObjects } from "../bareObjects.ts"
import { createRepository, fetchAndForget, fetchCounts, push } from "../client.ts"
import { generate, type Shape } from "../GeneratedRepository.ts"
import { gitOf } from "../git.ts"
import type { Cost } from "../Hub.ts"
import { type Figure, inTurn, median, timed } from "../measure.ts"
import { fetchRequest, pushRequests } from "../requests.ts"
import { type Bench, withHub } from "./Bench.ts"

/** A first run that is thrown away: the code of a hub that has just started is still being compiled. */
const warmUps = 1

const medianCost = (costs: ReadonlyArray<Cost>): Cost => ({
  cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
  peakMiB: median(costs.map(({ peakMiB }) => peakMiB))
})

export const pushAndClone = (bench: Bench, shape: Shape): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, shape.name, async (hub) => {
    const repository = generate(shape)
    const tip = repository.commits.at(-1)?.id
    if (tip === undefined) throw new Error("a repository needs a commit")
    const requests = pushRequests(repository.commits, repository.blobs)
    const clone = fetchRequest([tip])
    const objects = bareObjects(repository)
    const git = await gitOf(join(bench.folder, `git-${shape.name}`), repository)
    const costs = { push: new Array<Cost>(), clone: new Array<Cost>() }
    let cloneBytes = 0

    const paths = new Map<string, string>()
    const pathOf = (name: string) => paths.get(name) ?? ""
    const pushOnce = async (name: string) => {
      paths.set(name, await createRepository(hub, "bench", `${shape.name}-${name}`))
      const [times, cost] = await hub.costOf(() => push(hub, pathOf(name), requests))
      const part = (millis: number) => `${Math.round(millis)} ms`
      bench.say(
        `${bench.store.name}, push ${shape.name} ${name}: ${part(times.total)} (ask ${part(times.asked)}, objects ${part(times.objects)}, push ${part(times.push)})`
      )
      return { seconds: times.total / 1000, cost }
    }
    const cloneOnce = async (name: string) => {
      const [answer, cost] = await hub.costOf(() => fetchAndForget(hub, pathOf(name), clone))
      cloneBytes = answer.bytes
      bench.say(
        `${bench.store.name}, clone ${shape.name} ${name}: ${Math.round(answer.total)} ms (first byte ${Math.round(answer.firstByte)} ms)`
      )
      return { seconds: answer.total / 1000, cost }
    }

    try {
      for (let run = 0; run < warmUps; run++) {
        await pushOnce(`warm-${run}`)
        await cloneOnce(`warm-${run}`)
      }
      const counts = await fetchCounts(hub, pathOf("warm-0"), clone)
      const sum = counts.commits + counts.snapshots + counts.objects
      if (sum !== requests.objectCount) throw new Error(`a clone gave ${sum} of ${requests.objectCount} objects`)

      const seconds = await inTurn(bench.runs, {
        push: async (run) => {
          const { seconds, cost } = await pushOnce(String(run))
          costs.push.push(cost)
          return seconds
        },
        bareWrite: (run) => timed(() => bench.store.write(`bare-${shape.name}-${run}`, objects)),
        gitPush: async (run) => {
          await git.prepare(String(run))
          return timed(() => git.push(String(run)))
        },
        clone: async (run) => {
          const { seconds, cost } = await cloneOnce(String(run))
          costs.clone.push(cost)
          return seconds
        },
        bareRead: (run) => timed(() => bench.store.read(`bare-${shape.name}-${run}`, objects)),
        gitClone: (run) => timed(() => git.clone(String(run)))
      })

      const figure = (what: "push" | "clone", seconds: number, bytes: number): Figure => ({
        what: `${bench.store.name}: ${what} ${shape.name}`,
        seconds,
        objectsPerSecond: requests.objectCount / seconds,
        megabytesPerSecond: bytes / 1e6 / seconds,
        ...medianCost(costs[what])
      })
      const { bare, name } = bench.store
      return [
        {
          ...figure("push", seconds.push, requests.bytes),
          ratios: [
            [bare, seconds.push / seconds.bareWrite],
            ["git", seconds.push / seconds.gitPush]
          ]
        },
        { what: `${name}: ${bare}, write ${shape.name}`, seconds: seconds.bareWrite },
        { what: `${name}: git, push ${shape.name}`, seconds: seconds.gitPush },
        {
          ...figure("clone", seconds.clone, cloneBytes),
          ratios: [
            [bare, seconds.clone / seconds.bareRead],
            ["git", seconds.clone / seconds.gitClone]
          ]
        },
        { what: `${name}: ${bare}, read ${shape.name}`, seconds: seconds.bareRead },
        { what: `${name}: git, clone ${shape.name}`, seconds: seconds.gitClone }
      ]
    } finally {
      git.close()
    }
  })
