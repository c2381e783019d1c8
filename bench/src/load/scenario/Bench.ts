/** What every scenario receives: a store, a folder of its own, the number of repetitions, and where progress goes. */
import { join } from "node:path"
import { type Hub, startHub } from "../Hub.ts"
import type { Shape } from "../GeneratedRepository.ts"
import type { Store } from "../stores.ts"

export interface Bench {
  readonly store: Store
  /** Empty at the start and removed at the end. */
  readonly folder: string
  readonly runs: number
  /** 1, or less to try a scenario on part of its content. */
  readonly scale: number
  /** Where the hub stores CPU profiles for Chrome's developer tools. */
  readonly profiles?: string | undefined
  readonly say: (text: string) => void
}

/** Scales a count. */
export const scaled = ({ scale }: Bench, count: number): number => Math.max(1, Math.round(count * scale))

/** Scales the files and commits of a shape. */
export const scaledShape = (bench: Bench, shape: Shape): Shape => ({
  ...shape,
  files: scaled(bench, shape.files),
  commits: scaled(bench, shape.commits)
})

/** Settings for a hub that merges packs only on request, so that nothing runs next to what is measured. */
export const unmerged = { MUSEHUB_PACK_AFTER: "never" } as const

/** Settings for a hub that also reads every object from the store. */
export const uncached = { ...unmerged, MUSEHUB_CACHE_MEMORY: "0" } as const

/** Runs `use` with a hub on the store and embedded Postgres of a name; both are new when the name is. */
export const withHub = async <A>(
  { folder, profiles, store }: Bench,
  name: string,
  use: (hub: Hub) => Promise<A>,
  environment: Readonly<Record<string, string>> = unmerged
): Promise<A> => {
  const hub = await startHub({
    objectStore: await store.url(name),
    index: `embedded:${join(folder, `postgres-${name}`)}`,
    environment: { ...store.environment, ...environment },
    nodeFlags: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`]
  })
  try {
    const using = use(hub)
    // When the hub has ended, that is the reason, not the broken connection.
    using.catch(() => undefined)
    return await Promise.race([using, hub.alive])
  } finally {
    await hub.stop()
  }
}
