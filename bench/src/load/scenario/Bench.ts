/** What every scenario gets: a store, a folder of its own, how often to repeat, and where the progress goes. */
import { join } from "node:path"
import { type Hub, startHub } from "../Hub.ts"
import type { Store } from "../stores.ts"

export interface Bench {
  readonly store: Store
  /** Empty at the start and removed at the end. */
  readonly folder: string
  readonly runs: number
  /** Where the hub leaves profiles of its processor time, for Chrome's developer tools. */
  readonly profiles?: string | undefined
  readonly say: (text: string) => void
}

/** Uses a hub on a fresh store and a fresh embedded Postgres. */
export const withHub = async <A>(
  { folder, profiles, store }: Bench,
  name: string,
  use: (hub: Hub) => Promise<A>
): Promise<A> => {
  const hub = await startHub({
    objectStore: await store.url(name),
    index: `embedded:${join(folder, `postgres-${name}`)}`,
    environment: store.environment,
    nodeFlags: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`]
  })
  try {
    return await use(hub)
  } finally {
    await hub.stop()
  }
}
