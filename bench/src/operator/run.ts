/**
 * What an operator waits for: taking over a legacy hub, verifying the store, rebuilding the index, each beside the
 * least that it could do, and collecting garbage.
 */
import * as Server from "@musehub/adapter-postgres/embedded/Server"
import { elementAt, orDefault } from "@musehub/domain/base/expected"
import { CommitId } from "@musehub/domain/object/Id"
import { Effect, Redacted } from "effect"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { freshDatabase } from "../../../test/src/services/PostgresServer.ts"
import { benchFolder } from "../benchFolder.ts"
import { type Figure, median } from "../load/measure.ts"
import { hashPacks, insertRows, readLegacy } from "./baselines.ts"
import { musehub, type Ran } from "./command.ts"
import { collectAll } from "./collectAll.ts"
import { generatedLegacy, rowsOfCommit } from "./generatedLegacy.ts"
import { moveBack } from "./moveBack.ts"

const commitsAtFullScale = 100_000
/** The share of the commits that the branch still leads to when garbage is collected. */
const keptShare = 0.8

export interface OperatorOptions {
  readonly runs: number
  readonly scale: number
  readonly profiles?: string | undefined
  readonly say: (text: string) => void
}

/** What is measured, and beside what. */
const works = {
  adopt: "reading rows and files",
  "verify --quick": undefined,
  verify: "unpacking and hashing",
  "verify --deep": "unpacking and hashing",
  rebuild: "bare inserts",
  gc: undefined,
  "gc --apply": undefined
} as const
type Work = keyof typeof works

/** What the baseline takes. */
interface Least {
  readonly seconds: number
  /** Where this process does the work itself. */
  readonly cpuSeconds: number | undefined
}

/** Measures work of this process. */
const costOf = async (work: () => Promise<number>): Promise<Least> => {
  const before = process.cpuUsage()
  const seconds = await work()
  const { system, user } = process.cpuUsage(before)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

interface Measured extends Ran {
  readonly least: Least | undefined
}

/** Compares what was measured with the baseline, by seconds and, where both are known, by processor time. */
const ratiosOf = (least: string, all: ReadonlyArray<Measured>): NonNullable<Figure["ratios"]> => {
  const seconds = all.map((one) => one.seconds / (one.least?.seconds ?? Number.NaN))
  const cpu = all.flatMap((one) => (one.least?.cpuSeconds === undefined ? [] : [one.cpuSeconds / one.least.cpuSeconds]))
  const ofTime: readonly [string, number] = [least, median(seconds)]
  return cpu.length === 0 ? [ofTime] : [ofTime, [`${least}, processor time`, median(cpu)]]
}

/** Takes over the hub into a new store and index, verifies it, and rebuilds the index. */
const once = async (
  server: string,
  folder: string,
  legacy: Effect.Success<ReturnType<typeof generatedLegacy>>,
  {
    note,
    profiles
  }: { readonly note: (work: Work, measured: Measured) => void; readonly profiles?: string | undefined }
) => {
  const store = join(folder, "store")
  const objects = join(folder, "legacy")
  const program = Effect.gen(function* () {
    const [index, rebuilt, bare] = [
      yield* freshDatabase(server),
      yield* freshDatabase(server),
      yield* freshDatabase(server)
    ]
    const on = (url: string) => ({
      MUSEHUB_OBJECT_STORE: `file:${store}`,
      MUSEHUB_INDEX: url,
      MUSEHUB_LEGACY_DATABASE: legacy.url
    })
    yield* Effect.promise(async () => {
      const work = async (name: Work, least: Least | undefined, at: string, ...more: ReadonlyArray<string>) =>
        note(name, { ...(await musehub([...name.split(" "), ...more], on(at), profiles)), least })
      const reading = await costOf(() => readLegacy(legacy.url, objects, legacy.portions))
      await work("adopt", reading, index, "--objects", objects)
      await work("verify --quick", undefined, index)
      const hashing = await costOf(() => hashPacks(store))
      await work("verify", hashing, index)
      await work("verify --deep", hashing, index)
      // The tables of an index are made when it is first opened.
      await musehub(["probe"], { ...on(bare), MUSEHUB_OBJECT_STORE: `file:${join(folder, "other")}` })
      const { seconds } = await insertRows(index, bare)
      await work("rebuild", { seconds, cpuSeconds: undefined }, rebuilt)
      const commits = legacy.portions.flatMap((portion) => portion.commits)
      const kept = elementAt(commits, Math.floor(keptShare * commits.length))
      await Effect.runPromise(Effect.scoped(moveBack(store, CommitId.make(kept))))
      await musehub(["probe"], on(rebuilt))
      await musehub(["rebuild"], on(rebuilt))
      await collectAll(folder, on(rebuilt), (name, ran) => note(name, { ...ran, least: undefined }))
    })
  })
  try {
    await Effect.runPromise(Effect.scoped(program))
  } finally {
    await rm(store, { recursive: true, force: true })
    await rm(join(folder, "other"), { recursive: true, force: true })
  }
}

/** Runs everything and returns the figures. */
export const runOperator = async ({ profiles, runs, say, scale }: OperatorOptions): Promise<ReadonlyArray<Figure>> => {
  const folder = await benchFolder("musehub-operator-")
  const commits = Math.max(1, Math.round(commitsAtFullScale * scale))
  const measured = new Map<Work, Array<Measured>>()
  const note = (work: Work, one: Measured) => {
    measured.set(work, [...orDefault(measured.get(work), []), one])
    const costText = (seconds: number, cpu: number | undefined) =>
      `${seconds.toFixed(1)} s${cpu === undefined ? "" : ` (${cpu.toFixed(2)} s of processor time)`}`
    const beside =
      one.least === undefined ? "" : `, ${works[work]} ${costText(one.least.seconds, one.least.cpuSeconds)}`
    say(`${work}: ${costText(one.seconds, one.cpuSeconds)}, ${one.peakMiB.toFixed(0)} MiB${beside}`)
  }
  const program = Effect.gen(function* () {
    const server = Redacted.value((yield* Server.use(join(folder, "postgres"))).url)
    say(`making a legacy hub of ${commits * rowsOfCommit} rows`)
    const legacy = yield* generatedLegacy(server, join(folder, "legacy"), commits)
    for (let run = 0; run < runs; run++) {
      yield* Effect.promise(() => once(server, folder, legacy, { note, profiles }))
    }
  })
  try {
    await mkdir(join(folder, "postgres"))
    await Effect.runPromise(Effect.scoped(program))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return Array.from(measured, ([work, all]) => {
    const least = works[work]
    return {
      what: `${work}, ${commits} commits`,
      seconds: median(all.map(({ seconds }) => seconds)),
      objectsPerSecond: (commits * rowsOfCommit) / median(all.map(({ seconds }) => seconds)),
      cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
      peakMiB: Math.max(...all.map(({ peakMiB }) => peakMiB)),
      ratios: least === undefined ? [] : ratiosOf(least, all)
    }
  })
}
