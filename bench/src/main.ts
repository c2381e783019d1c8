/**
 * `npx --yes pnpm@12 bench [names…]`: runs the named benchmarks, or all of them. Tables go to stdout, progress to
 * stderr.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { compareFiles } from "./load/compare.ts"
import { type Figure, table } from "./load/measure.ts"
import { runLoad, type Scenario, scenarios } from "./load/run.ts"
import { s3Store } from "./load/stores.ts"
import { runGcMemory } from "./operator/gcMemory.ts"
import { runOperator } from "./operator/run.ts"
import { runStops } from "./stops/run.ts"

// The thread pool has the hub's size, for the baseline that writes files; the pool reads this variable on its first
// use.
process.env["UV_THREADPOOL_SIZE"] ??= "24"

const usage = `npx --yes pnpm@12 bench [names…] [--only scenario,…] [--runs count] [--scale part] [--profiles folder]
                             [--row words] [--figures file]
npx --yes pnpm@12 bench compare <old> <new>

  objects   ids and canonical bytes of commits, snapshots and blobs (mitata)
  packs     sizes of packs by form and size of their blocks; writing and reading one (mitata)
  msgpack   the project's msgpack beside two libraries, on the bodies of two pushes (mitata)
  files     the hub as a process of its own on a folder and the embedded Postgres, under load
  s3        the same on an S3 service: the one of MUSEHUB_BENCH_S3_{ENDPOINT,REGION,BUCKET,ACCESS_KEY_ID,
            SECRET_ACCESS_KEY}, else one that is started like for the tests
  stops     the longest stop of the event loop for every endpoint at its limits, on a folder; writes the table in
            docs/security.md, unless --row leaves something out
  operator  taking over a legacy hub of 1,000,000 rows, verifying it and rebuilding its index, on a folder
  gc        planning a garbage collection of 1,000,000 objects, and applying it, on a folder
  compare   the ratios of two files of figures

  --only      of files and s3, only these scenarios: ${Object.keys(scenarios).join(", ")}
  --runs      how often push and clone are repeated (3); the median counts
  --scale     a part of the content, such as 0.05; figures of files, s3 and stops mean nothing then
  --profiles  where every hub leaves a profile of its processor time, for Chrome's developer tools
  --figures   where files, s3, operator or gc also write their figures as JSON, for compare
  --row       of stops, only rows whose endpoint and input contain these words

MUSEHUB_BENCH_DIR is where everything is written (default: the folder for temporary files).
`

const out = (text: string): void => void process.stdout.write(`${text}\n`)
const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Runs a benchmark in a process of its own, so that the memory one leaves behind does not slow down the next. */
const inProcess = async (file: string): Promise<void> => {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ["--expose-gc", path], { stdio: "inherit" })
  const [code] = (await once(child, "close")) as [number | null]
  if (code !== 0) throw new Error(`${file} ended with code ${code}`)
}

const isScenario = (name: string): name is Scenario => Object.hasOwn(scenarios, name)

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", default: false },
    only: { type: "string", default: Object.keys(scenarios).join(",") },
    runs: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    profiles: { type: "string" },
    figures: { type: "string" },
    row: { type: "string", default: "" }
  }
})
const options = {
  scenarios: values.only.split(",").filter(isScenario),
  runs: Number(values.runs),
  scale: Number(values.scale),
  profiles: values.profiles,
  say
}

const report = async (figures: ReadonlyArray<Figure>): Promise<void> => {
  out(table(figures))
  if (values.figures !== undefined) await writeFile(values.figures, JSON.stringify(figures))
}

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  admission: () => inProcess("./micro/admission.ts"),
  objects: () => inProcess("./micro/objects.ts"),
  packs: () => inProcess("./micro/packs.ts"),
  msgpack: () => inProcess("./msgpack.ts"),
  files: async () => report(await runLoad(options)),
  s3: async () => {
    const store = await s3Store()
    if ("skipped" in store) return out(`s3 is skipped: ${store.skipped}`)
    try {
      await report(await runLoad(options, store))
    } finally {
      await store.close()
    }
  },
  operator: async () => report(await runOperator(options)),
  gc: async () => report(await runGcMemory(options)),
  stops: async () => out(await runStops({ row: values.row, scale: options.scale, profiles: options.profiles, say }))
}

const isComparison = positionals[0] === "compare" && positionals.length === 3
const unknown = isComparison
  ? []
  : [
      ...positionals.filter((name) => !Object.hasOwn(benchmarks, name)),
      ...values.only.split(",").filter((name) => !isScenario(name)),
      ...(Number.isInteger(options.runs) && options.runs > 0 ? [] : [`--runs ${values.runs}`]),
      ...(options.scale > 0 && options.scale <= 1 ? [] : [`--scale ${values.scale}`])
    ]
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) say(`unknown: ${unknown.join(", ")}\n`)
  out(usage)
  process.exitCode = values.help ? 0 : 2
} else if (isComparison) {
  const [, old = "", fresh = ""] = positionals
  out(await compareFiles(old, fresh))
} else {
  for (const name of positionals.length === 0 ? Object.keys(benchmarks) : positionals) await benchmarks[name]?.()
}
