/** Sixteen clients push small repositories at the same time, each one after another, to the hub and to git in turn. */
import { join } from "node:path"
import { createRepository, push } from "../client/client.ts"
import { generate, shapes } from "../GeneratedRepository.ts"
import { gitOf } from "../git/git.ts"
import { type Figure, inTurn, number, timed } from "../measure.ts"
import { pushRequests } from "../client/requests.ts"
import { type Bench, scaled, scaledShape, withHub } from "./Bench.ts"

const clientCount = 16
const pushesOfEach = 5

export const pushers = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "pushers", async (hub) => {
    const shape = scaledShape(bench, shapes.small)
    const repositories = Array.from({ length: clientCount }, (_, client) => generate({ ...shape, seed: 100 + client }))
    const requests = repositories.map(({ blobs, commits }) => pushRequests(commits, blobs))
    const gits = await Promise.all(
      repositories.map((repository, client) => gitOf(join(bench.folder, `git-pusher-${client}`), repository))
    )
    const pushes = scaled(bench, pushesOfEach)
    /** Has every client push to repositories that were made before; returns the seconds. */
    const all = async <A>(
      make: (client: number, name: string) => Promise<A>,
      send: (client: number, made: A) => Promise<unknown>,
      run: number
    ) => {
      const made = await Promise.all(
        gits.map((_, client) =>
          Promise.all(Array.from({ length: pushes }, (_, index) => make(client, `pusher-${run}-${client}-${index}`)))
        )
      )
      return timed(() =>
        Promise.all(
          made.map(async (places, client) => {
            for (const place of places) await send(client, place)
          })
        )
      )
    }
    const toHub = (run: number) =>
      all(
        (_, name) => createRepository(hub, "bench", name),
        (client, { path }) => {
          const body = requests[client]
          if (body === undefined) throw new Error(`there is no client ${client}`)
          return push(hub, path, body)
        },
        run
      )
    const toGit = (run: number) =>
      all(
        async (client, name) => {
          await gits[client]?.prepare(name)
          return name
        },
        async (client, name) => gits[client]?.push(name),
        run
      )
    try {
      // A run before those that count.
      await toHub(bench.runs)
      await toGit(bench.runs)
      const [seconds, cost] = await hub.costOf(() => inTurn(bench.runs, { hub: toHub, git: toGit }))
      const rate = (seconds: number) => (clientCount * pushes) / seconds
      return [
        {
          what: `${bench.store.name}: ${clientCount} clients push ${shape.files} files, ${shape.commits} commits`,
          seconds: seconds.hub,
          peakMiB: cost.peakMiB,
          ratios: [["git", seconds.hub / seconds.git]],
          notes: [`${number(rate(seconds.hub))} pushes/s`, `git ${number(rate(seconds.git))}`]
        }
      ]
    } finally {
      for (const { close } of gits) close()
    }
  })
