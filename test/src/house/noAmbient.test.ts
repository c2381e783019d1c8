/** The rule against taking `Buffer`, the time or the environment from the surroundings of a file. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { refusedByLint, workTree } from "./Planted.ts"

const rule = "house(no-ambient)"

const { exceptions } = (await import(join(workTree, "scripts/house/rule/noAmbient.mjs"))) as {
  readonly exceptions: ReadonlyArray<{ readonly path: string; readonly may: keyof typeof mentions }>
}

/** What each kind of use looks like in a line. */
const mentions = {
  Buffer: /\bBuffer\b/,
  clock: /\bset(?:Timeout|Immediate)\b|\bDate\.now\b/,
  environment: /\bprocess\./
}

const taken = {
  Buffer: [
    'Buffer.from("a")',
    "globalThis.Buffer",
    "(bytes: Buffer) => bytes",
    'await import("node:buffer")',
    "new Uint8Array() satisfies Buffer"
  ],
  clock: [
    "Date.now()",
    'Date["now"]()',
    "Date.now",
    "new Date()",
    "Date()",
    "performance.now()",
    "setTimeout(run, 1)",
    "setInterval(run, 1)",
    "setImmediate(run)",
    "globalThis.performance.now()",
    'await import("node:timers/promises")',
    'await import("timers")'
  ],
  environment: ['process.env["HOME"]', "process.pid", "globalThis.process", 'await import("node:process")']
}

const free = [
  "new Date(0)",
  "new Date(millis)",
  "Date.UTC(2000, 1)",
  "new Uint8Array(1)",
  "{ Buffer: 1 }",
  "hub.process",
  "Clock.currentTimeMillis"
]

const allTaken = Object.values(taken).flat()

const file = (expressions: ReadonlyArray<string>): string =>
  expressions.map((expression, place) => `export const planted${place} = ${expression}\n`).join("")

const imports = [
  'import { Buffer as a } from "node:buffer"',
  'import { Buffer as b } from "buffer"',
  'import { setTimeout } from "node:timers/promises"',
  'import { performance } from "node:perf_hooks"',
  'import { env as c } from "node:process"',
  'export { env as d } from "node:process"',
  'export * from "node:timers"'
]

describe.each([
  ["the domain", "packages/domain/src/object/planted.ts", allTaken],
  ["msgpack", "packages/msgpack/src/planted.ts", allTaken],
  ["an adapter", "packages/adapters/s3/src/request/planted.ts", [...taken.clock, ...taken.environment]]
] as const)("in %s", (_, path, expressions) => {
  const lines = refusedByLint({ [path]: file(expressions) }, rule)

  it.each(expressions.map((expression, place) => [expression, place] as const))("%s is refused", (_, place) => {
    assert.include(lines, `${path}:${place + 1}`)
  })
})

describe("in the domain", () => {
  const path = "packages/domain/src/object/planted.ts"
  const lines = refusedByLint({ [path]: `${imports.join("\n")}\n` }, rule)

  it.each(imports.map((text, place) => [text, place] as const))("%s is refused", (_, place) => {
    assert.include(lines, `${path}:${place + 1}`)
  })
})

it("allows everything else, and everything in tests and other packages", () => {
  const everything = file(allTaken)
  const files = {
    "packages/domain/src/object/free.ts": file(free),
    "packages/adapters/s3/src/buffer.ts": file(taken.Buffer.filter((expression) => !expression.includes("globalThis"))),
    "packages/domain/src/object/planted.test.ts": everything,
    "packages/domain/src/wire/mpack/test/testing.ts": everything,
    "packages/cli/src/planted.ts": everything
  }
  assert.deepStrictEqual(refusedByLint(files, rule), [])
})

describe("a file that is an exception", () => {
  const paths = [...new Set(exceptions.map(({ path }) => path))]
  const lines = refusedByLint(
    Object.fromEntries(paths.map((path) => [path, file([`Buffer.from("a")`, "Date.now()", "process.pid"])])),
    rule
  )

  it.each(paths)("may take nothing else: %s", (path) => {
    const may = new Set(exceptions.filter((exception) => exception.path === path).map((exception) => exception.may))
    const isAdapter = path.startsWith("packages/adapters/")
    const wanted = [!isAdapter && !may.has("Buffer"), !may.has("clock"), !may.has("environment")]
    assert.deepStrictEqual(
      wanted.map((_, place) => lines.includes(`${path}:${place + 1}`)),
      wanted
    )
  })

  it.each(exceptions.map(({ may, path }) => [path, may] as const))("needs it: %s, %s", (path, may) => {
    assert.match(readFileSync(join(workTree, path), "utf8"), mentions[may])
  })
})
