/** What every scenario gets: a store, a folder of its own, how often to repeat, and where the progress goes. */
import { join } from "node:path"
import { type Hub, startHub } from "../Hub.ts"
import type { Shape } from "../GeneratedRepository.ts"
import type { Store } from "../stores.ts"

export interface Bench {
  readonly store: Store
  /** Empty at the start and removed at the end. */
  readonly folder: string
  readonly runs: number
  /** 1, or less to try a scenario on a part of its content. */
  readonly scale: number
  /** Where the hub leaves profiles of its processor time, for Chrome's developer tools. */
  readonly profiles?: string | undefined
  readonly say: (text: string) => void
}

/** A count, scaled. */
export const scaled = ({ scale }: Bench, count: number): number => Math.max(1, Math.round(count * scale))

/** A shape with its files and commits scaled. */
export const scaledShape = (bench: Bench, shape: Shape): Shape => ({
  ...shape,
  files: scaled(bench, shape.files),
  commits: scaled(bench, shape.commits)
})

/** For a hub that packs only when it is told to, so that nothing happens beside what is measured. */
export const unpacked = { MUSEHUB_PACK_AFTER: "never" } as const

/** For a hub that reads every object from the store as well. */
export const uncached = { ...unpacked, MUSEHUB_CACHE_MEMORY: "0" } as const

/** Uses a hub on the store and the embedded Postgres of a name, both new when the name is. */
export const withHub = async <A>(
  { folder, profiles, store }: Bench,
  name: string,
  use: (hub: Hub) => Promise<A>,
  environment: Readonly<Record<string, string>> = unpacked
): Promise<A> => {
  const hub = await startHub({
    objectStore: await store.url(name),
    index: `embedded:${join(folder, `postgres-${name}`)}`,
    environment: { ...store.environment, ...environment },
    nodeFlags: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`]
  })
  try {
    const using = use(hub)
    // When the hub is gone, its end is the reason and the connection that broke is not.
    using.catch(() => undefined)
    return await Promise.race([using, hub.alive])
  } finally {
    await hub.stop()
  }
}
