/**
 * What is packed works where nothing of this workspace is: the adapter of `docs/adapters.md` type-checks against the
 * packed types and passes the exported suite, and the packed command stores in it.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { glob, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { quotedPromises, unwrapped, workedAdapter } from "./guide.ts"
import { folderOutside, type Manifest, manifestIn, pnpm, run, workspace } from "./outside.ts"

const minute = 60_000

interface Package extends Manifest {
  readonly folder: string
}

const packages: ReadonlyArray<Package> = await Promise.all(
  (await Array.fromAsync(glob("packages/{*,adapters/*}/package.json", { cwd: workspace }))).map(async (file) => {
    const folder = join(workspace, dirname(file))
    return { folder, ...(await manifestIn(folder)) }
  })
)

const tarballOf = ({ name, version }: Package) =>
  `file:${join(workspace, "dist", `${name.slice(1).replace("/", "-")}-${version}.tgz`)}`

/** The packed packages in the place of those of a registry, and others in the versions that are installed here. */
const settings = async () => {
  const here = await manifestIn(workspace)
  const contract = await manifestIn(join(workspace, "packages/contract"))
  const tarballs = Object.fromEntries(packages.map((each) => [each.name, tarballOf(each)]))
  return JSON.stringify({ overrides: { ...here.devDependencies, ...contract.devDependencies, ...tarballs } })
}

/** What can be imported of a built package, apart from the program itself, which would start. */
const modulesOf = async ({ name, folder }: Package) =>
  (await Array.fromAsync(glob("**/*.js", { cwd: join(folder, "dist") })))
    .map((file) => `${name}/${file.slice(0, -".js".length)}`)
    .filter((module) => !module.includes("/internal/") && module !== "@musehub/cli/main")

describe("a package", () => {
  it.each(packages)("closes the same folders here and where it is published: $name", ({ exports, publishConfig }) => {
    const published = JSON.stringify(exports).replaceAll(/"\.\/src\/(.*?)\.ts"/g, '"./dist/$1.js"')
    assert.deepStrictEqual(publishConfig?.exports, JSON.parse(published))
  })
})

describe("docs/adapters.md", () => {
  it.each([...quotedPromises])("quotes what is said in %s", async (file, promises) => {
    const source = unwrapped(await readFile(join(workspace, "packages", file), "utf8"))
    assert.isAtLeast(promises.length, 4)
    for (const sentence of promises.flatMap((promise) => promise.split(/(?<=\.) /))) assert.include(source, sentence)
  })
})

describe("packed and installed elsewhere", () => {
  const removals: Array<() => Promise<void>> = []

  const install = async (given: ReadonlyMap<string, string>) => {
    const { folder, remove } = await folderOutside(new Map([...given, ["pnpm-workspace.yaml", await settings()]]))
    removals.push(remove)
    await pnpm(folder, "install", "--prefer-offline", "--no-frozen-lockfile", "--ignore-scripts")
    return folder
  }

  let author = ""

  beforeAll(async () => {
    await pnpm(workspace, "run", "build")
    author = await install(workedAdapter)
  }, 5 * minute)

  afterAll(() => Promise.all(removals.map((remove) => remove())))

  it(
    "the adapter of the guide compiles, and every declaration that it meets holds",
    { timeout: 2 * minute },
    async () => {
      await run(author, "node_modules/.bin/tsc", ["--skipLibCheck", "false"])
      assert.include(await readFile(join(author, "dist/SqliteObjectStore.d.ts"), "utf8"), "ObjectStorePlugin")
    }
  )

  it("it passes the exported suite", { timeout: 2 * minute }, async () => {
    const report = ["--reporter=json", "--outputFile=report.json"]
    await run(author, "node_modules/.bin/vitest", ["run", "--dir", "src", ...report])
    const counts = JSON.parse(await readFile(join(author, "report.json"), "utf8"))
    assert.deepInclude(counts, { success: true, numFailedTests: 0 })
    assert.isAtLeast(counts.numPassedTests, 45)
    assert.isAtMost(counts.numPendingTests, 5)
  })

  it("what is closed here is closed there", async () => {
    for (const closed of ["object/internal/seal", "port/internal/evidence"]) {
      const code = `import("@musehub/domain/${closed}").catch(({ code }) => console.log(code))`
      assert.strictEqual(await run(author, "node", ["--eval", code]), "ERR_PACKAGE_PATH_NOT_EXPORTED\n")
    }
  })

  describe("beside a hub", () => {
    let operator = ""
    let modules: ReadonlyArray<string> = []

    beforeAll(async () => {
      await pnpm(author, "pack", "--out", "adapter.tgz")
      const served = packages.filter(({ name }) => name !== "@musehub/contract")
      modules = (await Promise.all(served.map(modulesOf))).flat()
      const dependencies = {
        ...Object.fromEntries(served.map(({ name, version }) => [name, version])),
        "musehub-sqlite": `file:${join(author, "adapter.tgz")}`,
        "@types/node": "*"
      }
      operator = await install(
        new Map([
          ["package.json", JSON.stringify({ type: "module", dependencies })],
          ["all.ts", modules.map((module) => `import "${module}"\n`).join("")]
        ])
      )
    }, 2 * minute)

    const musehub = (plugin: string, ...args: ReadonlyArray<string>) =>
      run(operator, "node_modules/.bin/musehub", args, {
        MUSEHUB_PLUGINS: plugin,
        MUSEHUB_OBJECT_STORE: "sqlite:objects.db"
      })

    it("every module loads by its name, and its declarations hold", { timeout: 2 * minute }, async () => {
      assert.isAtLeast(modules.length, 200)
      await run(operator, "node", ["all.ts"])
      const strictly = ["--strict", "--skipLibCheck", "false", "--noUncheckedSideEffectImports", "--noEmit"]
      const nodes = ["--module", "nodenext", "--target", "es2024", "--types", "node"]
      await run(operator, join(author, "node_modules/.bin/tsc"), [...strictly, ...nodes, "all.ts"])
    })

    it("the command stores in the adapter of the guide", { timeout: minute }, async () => {
      assert.include(await musehub("musehub-sqlite", "--help"), "The hub for muse repositories")
      const report = JSON.parse(await musehub("musehub-sqlite", "probe", "--json"))
      assert.deepInclude(report, { fit: true, location: "sqlite:objects.db" })
    })

    it("the command says how an adapter is installed that is not there", { timeout: minute }, async () => {
      const refusal = await musehub("musehub-absent", "probe").catch(String)
      assert.match(refusal, /"musehub-absent" is not installed beside the hub; add it with npm install\n/)
    })
  })
})
