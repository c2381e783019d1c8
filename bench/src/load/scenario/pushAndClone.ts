/**
 * Push and clone of a whole repository: the hub in dictionaries and in mpack, the bare store and git, in turn. The hub
 * reads every object from the store, because a cache would make the comparison with the bare store unfair. What the
 * cache saves is measured afterwards, on a hub started anew on the same store.
 */
import { join } from "node:path"
import { bareObjects } from "../bare/bareObjects.ts"
import { generate, type Shape } from "../GeneratedRepository.ts"
import { gitOf } from "../git/git.ts"
import type { Hub } from "../Hub.ts"
import { type Figure, inTurn, timed } from "../measure.ts"
import { openStored } from "../bare/storedObjects.ts"
import { type Bench, scaledShape, uncached, withHub } from "./Bench.ts"
import { forms, repositoryClient } from "./repositoryClient.ts"

/** The number of warm-up runs: the code of a hub that has just started is still being compiled. */
const warmUps = 1

export const pushAndClone = async (bench: Bench, wanted: Shape): Promise<ReadonlyArray<Figure>> => {
  const { bare, name: storeName } = bench.store
  const shape = scaledShape(bench, wanted)
  const { name } = shape
  const repository = generate(shape)
  const client = repositoryClient(bench, repository)
  const warmUp = async (hub: Hub, run: string) => {
    for (const form of forms) {
      await client.clone(hub, form, run)
      await client.cloneChecked(hub, form, run)
    }
  }

  const seconds = await withHub(
    bench,
    name,
    async (hub) => {
      const objects = bareObjects(repository)
      const git = await gitOf(join(bench.folder, `git-${name}`), repository)
      const stored = await openStored(bench.store, name)
      try {
        for (let run = 0; run < warmUps; run++) {
          await client.pushDictionary(hub, `warm-${run}`)
          await client.pushMpack(hub, `warm-${run}`)
          await warmUp(hub, `warm-${run}`)
          await client.merge(hub, `warm-${run}`)
          await warmUp(hub, `warm-${run}`)
          await warmUp(hub, `warm-${run}-mpack`)
        }
        client.costs.clear()
        return await inTurn(bench.runs, {
          push: (run) => client.pushDictionary(hub, String(run)),
          pushMpack: (run) => client.pushMpack(hub, String(run)),
          bareWrite: (run) => timed(() => bench.store.write(`bare-${name}-${run}`, objects)),
          gitPush: async (run) => {
            await git.prepare(String(run))
            return timed(() => git.push(String(run)))
          },
          cloneUnmerged: (run) => client.clone(hub, "dictionary", String(run), ", not merged"),
          cloneMpackUnmerged: (run) => client.clone(hub, "mpack", String(run), ", not merged"),
          merge: (run) => client.merge(hub, String(run)),
          clone: (run) => client.clone(hub, "dictionary", String(run)),
          cloneMpack: (run) => client.clone(hub, "mpack", String(run)),
          cloneZstd: (run) => client.clone(hub, "mpack, zstd", String(run)),
          storedRead: (run) => timed(() => stored.read(client.placeOf(String(run)).id, client.content.sources)),
          bareRead: (run) => timed(() => bench.store.read(`bare-${name}-${run}`, objects)),
          checked: (run) => client.cloneChecked(hub, "dictionary", String(run)),
          checkedMpack: (run) => client.cloneChecked(hub, "mpack", String(run)),
          checkedZstd: (run) => client.cloneChecked(hub, "mpack, zstd", String(run)),
          gitClone: (run) => timed(() => git.clone(String(run)))
        })
      } finally {
        git.close()
        await stored.close()
      }
    },
    uncached
  )

  const figure = (what: string, value: number, ratios: Readonly<Record<string, number>> = {}): Figure => ({
    what: `${storeName}: ${what}`,
    seconds: value,
    ratios: Object.entries(ratios).map(([to, of]) => [to, value / of] as const)
  })
  const costly = (cost: string, plain: Figure): Figure => ({
    ...client.costs.of(cost, plain.seconds, client.objectCount),
    ...plain
  })
  const written = { [bare]: seconds.bareWrite, git: seconds.gitPush }
  const read = { store: seconds.storedRead, [bare]: seconds.bareRead, git: seconds.gitClone }
  const direct = [
    costly("push dictionary", figure(`push ${name}`, seconds.push, written)),
    costly("push mpack", figure(`push ${name}, mpack`, seconds.pushMpack, { dictionary: seconds.push, ...written })),
    figure(`${bare}, write ${name}`, seconds.bareWrite),
    figure(`git, push ${name}`, seconds.gitPush),
    costly("clone dictionary, not merged", figure(`clone ${name}, not merged`, seconds.cloneUnmerged, read)),
    costly(
      "clone mpack, not merged",
      figure(`clone ${name}, mpack, not merged`, seconds.cloneMpackUnmerged, {
        dictionary: seconds.cloneUnmerged,
        ...read
      })
    ),
    figure(`merge the packs of ${name}, a process of its own`, seconds.merge),
    costly("clone dictionary", figure(`clone ${name}`, seconds.clone, read)),
    costly("clone mpack", figure(`clone ${name}, mpack`, seconds.cloneMpack, { dictionary: seconds.clone, ...read })),
    costly(
      "clone mpack, zstd",
      figure(`clone ${name}, mpack, zstd`, seconds.cloneZstd, { dictionary: seconds.clone, ...read })
    ),
    figure(`clone ${name}, checked`, seconds.checked, { git: seconds.gitClone }),
    figure(`clone ${name}, mpack, checked`, seconds.checkedMpack, {
      dictionary: seconds.checked,
      git: seconds.gitClone
    }),
    figure(`clone ${name}, mpack, zstd, checked`, seconds.checkedZstd, {
      dictionary: seconds.checked,
      git: seconds.gitClone
    }),
    figure(`store, read ${name}`, seconds.storedRead),
    figure(`${bare}, read ${name}`, seconds.bareRead),
    figure(`git, clone ${name}`, seconds.gitClone)
  ]

  const cached = await withHub(bench, name, async (hub) => {
    await warmUp(hub, "0")
    return inTurn(bench.runs, {
      clone: () => client.clone(hub, "dictionary", "0"),
      cloneMpack: () => client.clone(hub, "mpack", "0")
    })
  })
  return [
    ...direct,
    figure(`clone ${name}, cached`, cached.clone),
    figure(`clone ${name}, mpack, cached`, cached.cloneMpack, { dictionary: cached.clone })
  ]
}
