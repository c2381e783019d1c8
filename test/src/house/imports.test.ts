/** Each rule of `.dependency-cruiser.cjs` refuses what it is for. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { join, posix } from "node:path"
import { type Planted, runOnPlanted, workTree } from "./Planted.ts"

const domain = "packages/domain/src"

/** One import for each rule and each way to break it. */
const cases: ReadonlyArray<readonly [rule: string, from: string, to: string]> = [
  ["domain-room-is-listed", `${domain}/importing.ts`, `${domain}/object/Id.ts`],
  ["domain-room-is-listed", "packages/http/src/serve.ts", `${domain}/imported.ts`],
  ["domain-room-is-listed", "packages/http/src/serve.ts", `${domain}/unlisted/imported.ts`],
  ["usecase-folder-is-listed", `${domain}/usecase/importing.ts`, `${domain}/object/Id.ts`],
  ["usecase-folder-is-listed", "packages/http/src/serve.ts", `${domain}/usecase/imported.ts`],
  ["usecase-folder-is-listed", "packages/http/src/serve.ts", `${domain}/usecase/unlisted/imported.ts`],
  ["domain-is-pure", `${domain}/object/Blob.ts`, "fs"],
  ["domain-is-pure", `${domain}/object/Blob.ts`, "node_modules/other-package/index.js"],
  ["compression-has-one-place", `${domain}/repository/Pack.ts`, "zlib"],
  ["hashing-has-one-place", `${domain}/repository/Pack.ts`, "crypto"],
  ["randomness-has-one-place-each", `${domain}/repository/Pack.ts`, "node_modules/effect/crypto/index.js"],
  ["only-codecs-seal", "packages/adapters/s3/src/Put.ts", `${domain}/object/internal/seal.ts`],
  ["only-the-invariant-makes-evidence", `${domain}/usecase/push/push.ts`, `${domain}/port/internal/evidence.ts`],
  ["only-the-invariant-writes-rows", `${domain}/usecase/push/push.ts`, `${domain}/port/index/RowWriter.ts`],
  ["adapters-know-the-domain-only", "packages/adapters/s3/src/Put.ts", "packages/adapters/cache/src/DiskCache.ts"],
  ["adapters-know-the-domain-only", "packages/adapters/s3/src/Put.ts", `${domain}/usecase/push/push.ts`],
  ["legacy-reads-msgpack", "packages/adapters/legacy/src/rows/Row.ts", `${domain}/usecase/push/push.ts`],
  ["http-knows-the-domain-only", "packages/http/src/serve.ts", "packages/adapters/s3/src/Put.ts"],
  ["http-asks-the-use-cases", "packages/http/src/serve.ts", `${domain}/invariant/ObjectReader.ts`],
  ["web-knows-http-and-the-domain-only", "packages/web/src/page.ts", "packages/adapters/s3/src/Put.ts"],
  ["web-asks-the-use-cases", "packages/web/src/page.ts", `${domain}/invariant/ObjectReader.ts`],
  ["client-knows-the-domain-only", "packages/client/src/Hub.ts", "packages/http/src/serve.ts"],
  ["client-needs-no-other-package", "packages/client/src/Hub.ts", "node_modules/other-package/index.js"],
  ["only-the-cli-imports-the-client", "packages/http/src/serve.ts", "packages/client/src/Hub.ts"],
  ["only-serve-imports-http", "packages/cli/src/command/push.ts", "packages/http/src/serve.ts"],
  ["only-serve-imports-http", "packages/cli/src/command/push.ts", "packages/web/src/page.ts"],
  ["nothing-imports-the-cli", "packages/http/src/serve.ts", "packages/cli/src/main.ts"],
  ["no-cycles", "test/src/a.ts", "test/src/b.ts"],
  ["resolvable", "bench/src/main.ts", "./absent.ts"]
]

/** Returns the specifier by which a file imports another file, a package or a module of Node. */
const specifier = (from: string, to: string): string => {
  if (to.startsWith("node_modules/")) return to.slice("node_modules/".length, -"/index.js".length)
  return to.includes("/src/") ? posix.relative(posix.dirname(from), to).replace(/^(?!\.)/, "./") : to
}

const importing = (from: string, targets: ReadonlyArray<string>): Planted => ({
  [from]: targets.map((to) => `import "${specifier(from, to)}"\n`).join("")
})

const plantedCases: Planted = Object.assign(
  Object.fromEntries(cases.flatMap(([, , to]) => (to.includes("/src/") ? [[to, ""]] : []))),
  ...[...Map.groupBy(cases, ([, from]) => from)].map(([from, of]) =>
    importing(
      from,
      of.map(([, , to]) => to)
    )
  ),
  importing("test/src/b.ts", ["test/src/a.ts"]),
  ...["domain", "client"].map((name) => ({
    [`packages/${name}/package.json`]: JSON.stringify({ dependencies: { "other-package": "1.0.0" } })
  })),
  {
    "node_modules/other-package/package.json": JSON.stringify({ name: "other-package", version: "1.0.0" }),
    "node_modules/other-package/index.js": "",
    "node_modules/effect/crypto/index.js": ""
  }
) as Planted

/** Files that import nothing and that nothing imports. */
const orphans: ReadonlyArray<readonly [rule: string, path: string]> = [
  ["domain-room-is-listed", `${domain}/orphan.ts`],
  ["usecase-folder-is-listed", `${domain}/usecase/orphan.ts`],
  ["usecase-folder-is-listed", `${domain}/usecase/unlisted/orphan.ts`]
]

const foldersOf = (path: string): ReadonlyArray<string> =>
  readdirSync(join(workTree, path), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))

const rooms = foldersOf(domain)
const useCases = foldersOf(`${domain}/usecase`)

/** Makes every folder import every other one, through files that are not part of a cycle themselves. */
const eachImportsEach = (parent: string, folders: ReadonlyArray<string>): Planted =>
  Object.assign(
    {},
    ...folders.flatMap((folder) => [
      { [`${parent}/${folder}/below.ts`]: "" },
      importing(
        `${parent}/${folder}/above.ts`,
        folders.filter((other) => other !== folder).map((other) => `${parent}/${other}/below.ts`)
      )
    ])
  ) as Planted

/** Lists what is refused of the planted files, as "rule: from → to". */
const refusedOf = (files: Planted): ReadonlySet<string> => {
  const everywhere = { "packages/http/src/none.ts": "", "test/src/none.ts": "", "bench/src/none.ts": "" }
  const { output, passed } = runOnPlanted("check:imports", { ...everywhere, ...files })
  const lines = output.replaceAll(/ →\s+/g, " → ")
  const refused = Array.from(lines.matchAll(/^ *error (.*)$/gm), ([, found = ""]) => found.trim())
  assert.strictEqual(passed, refused.length === 0, output)
  return new Set(refused)
}

describe("the check of imports refuses", () => {
  const refused = refusedOf({
    ...plantedCases,
    ...Object.fromEntries(orphans.map(([, path]) => [path, ""])),
    ...eachImportsEach(domain, rooms),
    ...eachImportsEach(`${domain}/usecase`, useCases)
  })

  it.each(cases)("%s: %s → %s", (rule, from, to) => {
    const wanted = `${rule}: ${from} → ${to}`
    assert.isTrue([...refused].some((found) => found === wanted || found.startsWith(`${wanted} → `)))
  })

  it.each(orphans)("%s: %s", (rule, path) => {
    assert.include([...refused], `${rule}: ${path}`)
  })

  /** Counts, for each pair of folders, how many of the two imports between them are refused. */
  const refusedOfPairs = (parent: string, rule: string, folders: ReadonlyArray<string>) => {
    const isRefused = (from: string, to: string) =>
      refused.has(`${rule}-${from}: ${parent}/${from}/above.ts → ${parent}/${to}/below.ts`)
    return folders.flatMap((one, place) =>
      folders.slice(place + 1).map((other) => ({
        pair: `${one} and ${other}`,
        count: [isRefused(one, other), isRefused(other, one)].filter(Boolean).length
      }))
    )
  }

  it("one of the two imports between any two folders of the use cases", () => {
    const pairs = refusedOfPairs(`${domain}/usecase`, "usecase", useCases)
    assert.deepStrictEqual(
      pairs.filter(({ count }) => count !== 1),
      []
    )
  })

  it("at least one of the two imports between any two rooms of the domain", () => {
    const pairs = refusedOfPairs(domain, "domain", rooms)
    assert.deepStrictEqual(
      pairs.filter(({ count }) => count === 0),
      []
    )
  })
})

it("has a planted import for every rule", () => {
  const { forbidden } = createRequire(import.meta.url)(join(workTree, ".dependency-cruiser.cjs")) as {
    readonly forbidden: ReadonlyArray<{ readonly name: string }>
  }
  const places = [...rooms.map((name) => `domain-${name}`), ...useCases.map((name) => `usecase-${name}`)]
  const planted = new Set([...cases.map(([rule]) => rule), ...places])
  assert.deepStrictEqual(
    forbidden.map(({ name }) => name).filter((name) => !planted.has(name)),
    []
  )
})

it("fails on any number of violations: 256 of them, of which an exit code has nothing left", () => {
  const orphan = (place: number) => `${domain}/usecase/orphan${place}.ts`
  const refused = refusedOf(Object.fromEntries(Array.from({ length: 256 }, (_, place) => [orphan(place), ""])))
  assert.strictEqual(refused.size, 256)
})

it("accepts imports that point downward", () => {
  const sound = {
    ...importing(`${domain}/usecase/push/push.ts`, [
      `${domain}/usecase/graph/commitGraph.ts`,
      `${domain}/wire/mpack.ts`
    ]),
    [`${domain}/usecase/graph/commitGraph.ts`]: "",
    [`${domain}/wire/mpack.ts`]: ""
  }
  assert.deepStrictEqual([...refusedOf(sound)], [])
})
