/**
 * What collecting garbage costs in a repository of 1,000,000 objects in a folder, a fifth of which is garbage: the
 * plan, and carrying it out. Each is `musehub gc` as a process of its own, with a Postgres as another.
 */
import * as Server from "@musehub/adapter-postgres/embedded/Server"
import { Effect, Redacted } from "effect"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { freshDatabase } from "../../../test/src/services/PostgresServer.ts"
import { benchFolder } from "../benchFolder.ts"
import type { Figure } from "../load/measure.ts"
import { collectAll } from "./collectAll.ts"
import { musehub, type Ran } from "./command.ts"
import { generatedStore, objectsOfCommit } from "./generatedStore.ts"

const commitsAtFullScale = 100_000
/** The share of the commits that the branch leads to. */
const keptShare = 0.8
/** Makes the repository, collects what is garbage in it, and returns the figures. */
export const runGcMemory = async ({
  say,
  scale
}: {
  readonly scale: number
  readonly say: (text: string) => void
}): Promise<ReadonlyArray<Figure>> => {
  const folder = await benchFolder("musehub-gc-")
  const commits = Math.max(10, Math.round(commitsAtFullScale * scale))
  const figures: Array<Figure> = []
  const note = (what: string, { cpuSeconds, peakMiB, seconds }: Ran) => {
    say(`${what}: ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(2)} s of processor time), ${peakMiB.toFixed(0)} MiB`)
    figures.push({ what: `${what}, ${commits * objectsOfCommit} objects`, seconds, cpuSeconds, peakMiB })
  }
  const program = Effect.gen(function* () {
    const store = join(folder, "store")
    say(`making a repository of ${commits * objectsOfCommit} objects`)
    yield* Effect.scoped(generatedStore(store, commits, Math.floor(keptShare * commits)))
    const server = Redacted.value((yield* Server.use(join(folder, "postgres"))).url)
    const environment = { MUSEHUB_OBJECT_STORE: `file:${store}`, MUSEHUB_INDEX: yield* freshDatabase(server) }
    yield* Effect.promise(async () => {
      await musehub(["probe"], environment)
      note("rebuild", await musehub(["rebuild"], environment))
      await collectAll(folder, environment, note)
    })
  })
  try {
    await mkdir(join(folder, "postgres"))
    await Effect.runPromise(Effect.scoped(program))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return figures
}
