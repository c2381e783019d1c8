/**
 * What is packed works where nothing of this workspace is: the adapter of `docs/adapters.md` type-checks against the
 * packed types and passes the exported suite, and the packed command stores in it. It is built and installed by the
 * steps of the Containerfile, from the files that it copies.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { chmod, cp, glob, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { quotedPromises, unwrapped, workedAdapter } from "./guide.ts"
import { field, json, launch } from "../cli/program.ts"
import { copiedBy, readContainerfile, restsOf } from "../packaging/containerfile.ts"
import { folderOutside, type Manifest, manifestIn, nodesInPath, pnpm, run, searchPath, workspace } from "./outside.ts"
import { startRegistry } from "./registry.ts"

const minute = 60_000

/** Where the steps of the image's build run. */
let source = ""

const [image = []] = readContainerfile()

/** Runs the steps of the image's build that do, or do not, use pnpm. */
const runSteps = async (
  uses: "pnpm" | "npm",
  folder: string,
  env: Readonly<Record<string, string>> = {}
): Promise<void> => {
  const steps = restsOf(image, "RUN").filter((step) => step.includes("pnpm@") === (uses === "pnpm"))
  assert.isNotEmpty(steps)
  for (const step of steps) await run(folder, "sh", ["-c", step.replaceAll("/source/", `${source}/`)], env)
}

interface Package extends Manifest {
  /** Below the checkout. */
  readonly folder: string
}

const packages: ReadonlyArray<Package> = await Promise.all(
  (await Array.fromAsync(glob("packages/{*,adapters/*}/package.json", { cwd: workspace }))).map(async (file) => {
    const folder = dirname(file)
    return { folder, ...(await manifestIn(join(workspace, folder))) }
  })
)

/** The folder of the suites' package; those of the hub are beside it, to be installed together. */
const folderOf = ({ name }: Package) => join(source, name === "@musehub/contract" ? "dist/contract" : "dist")

const tarballOf = (each: Package) =>
  `file:${join(folderOf(each), `${each.name.slice(1).replace("/", "-")}-${each.version}.tgz`)}`

/** The packed packages in the place of those of a registry, and others in the versions that are installed here. */
const settings = async () => {
  const here = await manifestIn(workspace)
  const contract = await manifestIn(join(workspace, "packages/contract"))
  const tarballs = Object.fromEntries(packages.map((each) => [each.name, tarballOf(each)]))
  return JSON.stringify({ overrides: { ...here.devDependencies, ...contract.devDependencies, ...tarballs } })
}

/** What can be imported of a built package, apart from the program itself, which would start. */
const modulesOf = async ({ name, folder }: Package) =>
  (await Array.fromAsync(glob("**/*.js", { cwd: join(source, folder, "dist") })))
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
    const made = await folderOutside(new Map())
    removals.push(made.remove)
    source = made.folder
    const inSource = (path: string) => !/\/(node_modules|dist)(\/|$)/.test(path.slice(workspace.length))
    for (const path of copiedBy(image)) {
      await cp(join(workspace, path), join(source, path), { recursive: true, filter: inSource })
    }
    await runSteps("pnpm", source)
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
    const report = ["--reporter=default", "--reporter=json", "--outputFile=report.json"]
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

  describe("with npm and without a network, as docs/installation.md says", () => {
    let directory = ""

    beforeAll(async () => {
      const registry = await startRegistry()
      removals.push(registry.stop)
      const { folder, remove } = await folderOutside(new Map([["package.json", "{}"]]))
      removals.push(remove)
      // As an installation is: root's temporary folders are closed to the account under which Postgres runs.
      await chmod(folder, 0o755)
      await runSteps("npm", folder, {
        npm_config_registry: registry.url,
        npm_config_cache: join(folder, "cache")
      })
      directory = folder
    }, 3 * minute)

    const musehub = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      launch(join(directory, "node_modules/.bin/musehub"), args, { directory, env: { PATH: searchPath, ...env } })

    it("the command says its version", { timeout: minute }, async () => {
      const { version } = await manifestIn(join(workspace, "packages/cli"))
      const { code, stdout } = await musehub(["--version"]).ended
      assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: `musehub v${version}\n` })
    })

    it("the hub serves from memory, and stops on SIGTERM", { timeout: minute }, async () => {
      const env = { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: "memory:" }
      const hub = musehub(["serve", "--port", "0", "--json"], env)
      const url = field(JSON.parse(await hub.firstLine), "url")
      assert.strictEqual((await fetch(`${String(url)}/health`)).status, 200)
      hub.signal("SIGTERM")
      assert.strictEqual((await hub.ended).code, 0)
    })

    it("the hub serves from files and its own Postgres, also what a command creates", { timeout: minute }, async () => {
      const hub = musehub(["serve", "--port", "0", "--user", "ada", "--json"])
      const url = field(JSON.parse(await hub.firstLine), "url")
      json(await musehub(["repo", "create", "ada/songs", "--visibility", "public", "--json"]).ended)
      assert.strictEqual((await fetch(`${String(url)}/ada/songs/refs`)).status, 200)
      hub.signal("SIGTERM")
      assert.strictEqual((await hub.ended).code, 0)
    })

    const older = nodesInPath().find(({ major }) => major < 24)

    it.skipIf(older === undefined)(
      `${older === undefined ? "no older Node is installed here, so: " : ""}an older Node is refused in one line`,
      async () => {
        assert.isDefined(older)
        const main = join(directory, "node_modules/@musehub/cli/dist/main.js")
        const { code, stdout, stderr } = await launch(older.path, [main, "serve"], { directory }).ended
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" })
        assert.match(stderr, /^musehub: needs Node 24 or newer, and this is v\d+\.\S+ \(\S+\); install [^\n]+\n$/)
      }
    )
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
