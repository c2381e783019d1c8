/** Runs all scenarios on one store and returns their figures. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { benchFolder } from "../benchFolder.ts"
import { shapes } from "./GeneratedRepository.ts"
import type { Figure } from "./measure.ts"
import type { Bench } from "./scenario/Bench.ts"
import { archives } from "./scenario/archives.ts"
import { clients } from "./scenario/clients.ts"
import { deriving } from "./scenario/deriving.ts"
import { incremental } from "./scenario/incremental.ts"
import { incrementalFetch } from "./scenario/incrementalFetch.ts"
import { large } from "./scenario/large.ts"
import { manyRefs } from "./scenario/manyRefs.ts"
import { pages } from "./scenario/pages.ts"
import { pushAndClone } from "./scenario/pushAndClone.ts"
import { pushers } from "./scenario/pushers.ts"
import { reading } from "./scenario/reading.ts"
import { slowReader } from "./scenario/slowReader.ts"
import { fileStore, type Store } from "./stores.ts"

export const scenarios = {
  A: (bench: Bench) => pushAndClone(bench, shapes.A),
  B: (bench: Bench) => pushAndClone(bench, shapes.B),
  C: (bench: Bench) => pushAndClone(bench, shapes.C),
  incremental,
  incrementalFetch,
  manyRefs,
  large,
  clients,
  pushers,
  slowReader,
  reading,
  deriving,
  archives,
  pages
} as const satisfies Record<string, (bench: Bench) => Promise<ReadonlyArray<Figure>>>

export type Scenario = keyof typeof scenarios

export interface LoadOptions extends Pick<Bench, "runs" | "scale" | "profiles" | "say"> {
  readonly scenarios: ReadonlyArray<Scenario>
}

/** Runs the scenarios against the given store, or one in the bench's own folder. */
export const runLoad = async (
  { scenarios: names, ...options }: LoadOptions,
  given?: Store
): Promise<ReadonlyArray<Figure>> => {
  const folder = await benchFolder("musehub-bench-")
  const figures: Array<Figure> = []
  try {
    const store = given ?? fileStore(join(folder, "objects"))
    for (const name of names) {
      figures.push(...(await scenarios[name]({ ...options, store, folder })))
    }
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
