/**
 * Containerfile and compose.yaml name what exists: files, scripts, settings, ports, paths. `publish.test.ts` runs the
 * steps of the image's build. These tests build no image and start no container.
 */
import { assert, describe, it } from "@effect/vitest"
import { parse as parsePostgresUrl } from "@musehub/adapter-postgres/PostgresUrl"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import { portSetting } from "@musehub/cli/config/Configuration"
import { Effect, Option, Result } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse as parseYaml } from "yaml"
import { field, launch, start } from "../cli/program.ts"
import { searchPath, workspace } from "../publish/outside.ts"
import { copiedBy, readContainerfile, restsOf } from "./containerfile.ts"
import { settings } from "./settings.ts"

const read = (file: string): string => readFileSync(join(workspace, file), "utf8")
const manifest = JSON.parse(read("package.json"))

/** Asserts that each is a setting which accepts its value. */
const assertAccepted = (given: ReadonlyArray<readonly [name: string, value: string]>) => {
  assert.isNotEmpty(given)
  for (const [name, value] of given) {
    const setting = settings.get(name)
    assert.isDefined(setting, `${name} is no setting`)
    assert.isTrue(Option.isSome(setting.parse(value)), `${name}=${value} is refused`)
  }
}

const isOurs = ([name]: readonly [string, string]) => name.startsWith("MUSEHUB_")

describe("Containerfile", () => {
  const [build = [], image = []] = readContainerfile()

  const environment = new Map(
    restsOf(image, "ENV").map((rest): readonly [string, string] => {
      const [name = "", ...value] = rest.split("=")
      return [name, value.join("=")]
    })
  )

  it("starts from the Node of package.json in both stages", () => {
    const from = `docker.io/library/node:${manifest.devDependencies.node}-slim`
    assert.deepStrictEqual(
      [build, image].map((stage) => stage[0]?.rest),
      [`${from} AS build`, from]
    )
  })

  it("copies what exists and what .dockerignore lets through", () => {
    const copied = copiedBy(build)
    assert.includeMembers([...copied], ["package.json", "pnpm-lock.yaml", "packages"])
    const passed = read(".dockerignore").split("\n")
    assert.include(passed, "*")
    for (const path of copied) {
      assert.isTrue(existsSync(join(workspace, path)), path)
      assert.include(passed, `!${path}`)
    }
  })

  it("runs scripts of package.json", () => {
    const scripts = restsOf(build, "RUN").flatMap((rest) => [...rest.matchAll(/pnpm@\S+ run (\S+)/g)])
    assert.isNotEmpty(scripts)
    for (const [, script = ""] of scripts) assert.property(manifest.scripts, script)
  })

  it("sets settings of the hub to values that it accepts", () => {
    assertAccepted([...environment].filter(isOurs))
  })

  it("runs the command as an account other than root, which owns the volume", () => {
    const [, uid] = /^([1-9]\d*):[1-9]\d*$/.exec(restsOf(image, "USER").join()) ?? []
    assert.isDefined(uid)
    const volume = restsOf(image, "VOLUME").join()
    assert.include(restsOf(image, "RUN").join(), `--owner=node --group=node --mode=0700 ${volume}`)
    for (const name of ["MUSEHUB_OBJECT_STORE", "MUSEHUB_INDEX"]) assert.include(environment.get(name), `:${volume}/`)
    const { bin } = JSON.parse(read("packages/cli/package.json")).publishConfig
    assert.deepStrictEqual(JSON.parse(restsOf(image, "ENTRYPOINT").join()), Object.keys(bin))
    assert.include(environment.get("PATH"), `${restsOf(build, "WORKDIR").at(-1)}/node_modules/.bin`)
  })

  it("opens the port on which it listens", () => {
    const port = restsOf(image, "EXPOSE").join()
    assert.strictEqual(port, environment.get(portSetting.variable))
    assert.strictEqual(port, portSetting.fallback)
  })

  it("its health check passes while the hub serves, and fails when it does not", { timeout: 60_000 }, async () => {
    const [, , array = ""] = /^(.*?)CMD (\[.*\])$/.exec(restsOf(image, "HEALTHCHECK").join()) ?? []
    const [command = "", ...args]: ReadonlyArray<string> = JSON.parse(array)
    const folder = mkdtempSync(join(tmpdir(), "musehub-container-"))
    const memory = {
      MUSEHUB_OBJECT_STORE: "memory:",
      MUSEHUB_INDEX: "memory:",
      MUSEHUB_FIRST_TOKEN_FILE: join(folder, "token")
    }
    const hub = start(["serve", "--port", "0", "--json"], { directory: workspace, env: memory })
    const { port } = new URL(String(field(JSON.parse(await hub.firstLine), "url")))
    const check = () =>
      launch(command, args, { directory: workspace, env: { PATH: searchPath, MUSEHUB_PORT: port } }).ended
    assert.strictEqual((await check()).code, 0)
    hub.signal("SIGTERM")
    await hub.ended
    assert.strictEqual((await check()).code, 1)
    rmSync(folder, { recursive: true })
  })
})

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<string>
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly read_only?: boolean
  readonly stop_grace_period?: string
}

describe("compose.yaml", () => {
  /** With every secret given. */
  const filled = read("compose.yaml").replaceAll(/\$\{[A-Z0-9_]+:\?[^}]*\}/g, "5ec3e7")
  const compose: {
    readonly services: Readonly<Record<string, Service>>
    readonly volumes: Readonly<Record<string, unknown>>
  } = parseYaml(filled)
  const { hub = {}, index = {}, store = {}, bucket = {} } = compose.services
  const environment = Object.entries(hub.environment ?? {})
  const valueOf = (name: string) => hub.environment?.[name] ?? ""

  it("has no secret and no default for one", () => {
    assert.notMatch(filled, /\$\{/)
    assert.match(read("compose.yaml"), /PASSWORD: \$\{\w+:\?/)
  })

  it("names services and volumes that it defines", () => {
    for (const service of Object.values(compose.services)) {
      for (const name of Object.keys(service.depends_on ?? {})) assert.property(compose.services, name)
      for (const volume of service.volumes ?? []) assert.property(compose.volumes, volume.split(":")[0] ?? "")
    }
  })

  it("builds the hub from the Containerfile, read-only, and gives it time to stop", () => {
    assert.deepStrictEqual(hub.build, { context: ".", dockerfile: "Containerfile" })
    assert.isTrue(hub.read_only)
    assert.isAbove(Number(hub.stop_grace_period?.replace(/s$/, "")), 30)
    assert.deepStrictEqual(hub.ports, [`127.0.0.1:${portSetting.fallback}:${portSetting.fallback}`])
  })

  it("sets settings of the hub to values that it accepts", () => {
    assertAccepted(environment.filter(isOurs))
  })

  it("points the hub at its Postgres, with the user, database and password of that", async () => {
    const target = await Effect.runPromise(parsePostgresUrl(valueOf("MUSEHUB_INDEX")))
    assert.isObject(target)
    const url = new URL(valueOf("MUSEHUB_INDEX"))
    const { POSTGRES_DB, POSTGRES_PASSWORD, POSTGRES_USER } = index.environment ?? {}
    assert.deepStrictEqual(
      [url.host, url.username, url.password, url.pathname],
      ["index:5432", POSTGRES_USER, POSTGRES_PASSWORD, `/${POSTGRES_DB}`]
    )
    assert.match(String(index.image), /\/postgres:18\./)
  })

  it("points the hub at its S3 server, with the bucket that is created there and its credentials", () => {
    const config = Result.getOrThrow(parseS3Url(valueOf("MUSEHUB_OBJECT_STORE")))
    assert.deepInclude(config, { endpoint: "http://store:9000", bucket: "musehub", presign: false })
    assert.include(JSON.stringify(bucket), `store/${config.bucket}`)
    assert.deepStrictEqual(
      [valueOf("AWS_ACCESS_KEY_ID"), valueOf("AWS_SECRET_ACCESS_KEY")],
      [store.environment?.["MINIO_ROOT_USER"], store.environment?.["MINIO_ROOT_PASSWORD"]]
    )
  })

  it("runs the S3 server that the tests run where Docker is", () => {
    const [, tested] = /"(minio\/minio:[^"]+)"/.exec(read("test/src/services/S3Server.ts")) ?? []
    assert.strictEqual(store.image, `docker.io/${tested}`)
    assert.strictEqual(bucket.image, store.image)
  })
})
