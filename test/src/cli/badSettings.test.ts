/**
 * Wrong settings, as an operator meets them: what the AWS SDK, Postgres and the file system make of each is one line
 * that names the setting, with exit code 2 or 3, and never a bug in the hub, a stack or a secret.
 */
import { assert, describe, it } from "@effect/vitest"
import { conclude } from "@musehub/cli/exit"
import { commandLine } from "@musehub/cli/program"
import { Effect } from "effect"
import { TestConsole } from "effect/testing"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo, Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { acquirePostgres } from "../services/services.ts"
import { seeded } from "../support/seeded.ts"

const secret = "hunter2"

const folder = mkdtempSync(join(tmpdir(), "musehub-settings-"))
const file = join(folder, "file")
const closed = join(folder, "closed")
writeFileSync(file, "a file")
mkdirSync(closed)
chmodSync(closed, 0o500)

const isRoot = process.getuid?.() === 0

const servers: Array<Server> = []
const listening = async (server: Server): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return (server.address() as AddressInfo).port
}

/** Answers every request with this status. */
const answering =
  (status: number, body = "<html>not here</html>"): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(status, { "content-type": "text/html" }).end(request.method === "HEAD" ? undefined : body)
  }

const web = await listening(createServer(answering(200)))
const lost = await listening(createServer(answering(404)))
const forbidden = await listening(createServer(answering(403)))
const moved = await listening(createServer(answering(301)))

/** The port of a server whose certificate nobody signed. */
const selfSigned = await (async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=localhost",
      "-days",
      "1",
      "-keyout",
      key,
      "-out",
      cert
    ],
    { stdio: "ignore" }
  )
  return listening(createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, answering(200)))
})()

const postgres = new URL(await acquirePostgres())
const postgresWith = (change: (url: URL) => void): string => {
  const url = new URL(postgres)
  change(url)
  return url.href
}

const keys = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: secret, AWS_EC2_METADATA_DISABLED: "true" }
const noKeys = { AWS_EC2_METADATA_DISABLED: "true" }
const bucketAt = (port: number, scheme = "http") =>
  `s3://bucket/x?endpoint=${scheme}://127.0.0.1:${port}&timeout_millis=1000`

const store = (url: string, env: Readonly<Record<string, string>> = keys) => ({ MUSEHUB_OBJECT_STORE: url, ...env })
const index = (url: string) => ({ MUSEHUB_INDEX: url })

interface Case {
  readonly env: Readonly<Record<string, string>>
  readonly args?: ReadonlyArray<string>
  /** What the line must contain, beside nothing that is secret. */
  readonly names: ReadonlyArray<string | RegExp>
  readonly unless?: boolean
}

const cases: Readonly<Record<string, Case>> = {
  "S3 without a region": { env: store("s3://bucket"), names: ["MUSEHUB_OBJECT_STORE", "region="] },
  "S3 with an empty AWS_REGION": {
    env: store("s3://bucket", { ...keys, AWS_REGION: "" }),
    names: ["MUSEHUB_OBJECT_STORE", "region="]
  },
  "S3 with a region that is none": {
    env: store("s3://bucket", { ...keys, AWS_REGION: "eu west" }),
    names: ["MUSEHUB_OBJECT_STORE", "AWS_REGION"]
  },
  "S3 with an endpoint that is no URL": {
    env: store("s3://bucket?endpoint=nonsense"),
    names: ["MUSEHUB_OBJECT_STORE", "endpoint"]
  },
  "S3 with AWS_ENDPOINT_URL that is no URL": {
    env: store("s3://bucket?region=eu", { ...keys, AWS_ENDPOINT_URL: "nonsense" }),
    names: ["MUSEHUB_OBJECT_STORE", "AWS_ENDPOINT_URL"]
  },
  "S3 at a port where nothing listens": { env: store(bucketAt(1)), names: ["MUSEHUB_OBJECT_STORE", "ECONNREFUSED"] },
  "S3 at a host that does not exist": {
    env: store("s3://bucket?endpoint=http://nowhere.invalid&timeout_millis=1000"),
    names: ["MUSEHUB_OBJECT_STORE", "nowhere.invalid"]
  },
  "S3 at a web server that says 404": { env: store(bucketAt(lost)), names: ["MUSEHUB_OBJECT_STORE", "NoSuchBucket"] },
  "S3 at a web server that says 403": {
    env: store(bucketAt(forbidden)),
    names: ["MUSEHUB_OBJECT_STORE", "AccessDenied"]
  },
  "S3 at a web server that says 301": { env: store(bucketAt(moved)), names: ["MUSEHUB_OBJECT_STORE", "region"] },
  "S3 at a web server that says 200 to everything": { env: store(bucketAt(web)), names: ["MUSEHUB_OBJECT_STORE"] },
  "S3 with a self-signed certificate": {
    env: store(bucketAt(selfSigned, "https")),
    names: ["MUSEHUB_OBJECT_STORE", "self-signed", "NODE_EXTRA_CA_CERTS"]
  },
  "S3 as https where http is spoken": {
    env: store(bucketAt(web, "https")),
    names: ["MUSEHUB_OBJECT_STORE", "http://"]
  },
  "S3 as http where https is spoken": { env: store(bucketAt(selfSigned)), names: ["MUSEHUB_OBJECT_STORE"] },
  "S3 without credentials": { env: store(bucketAt(lost), noKeys), names: ["MUSEHUB_OBJECT_STORE", "credentials"] },
  "S3 with half of the credentials": {
    env: store(bucketAt(lost), { ...noKeys, AWS_ACCESS_KEY_ID: "key" }),
    names: ["MUSEHUB_OBJECT_STORE", "credentials"]
  },
  "S3 with a profile that does not exist": {
    env: store(bucketAt(lost), { ...noKeys, AWS_PROFILE: "nobody" }),
    names: ["MUSEHUB_OBJECT_STORE", "AWS_PROFILE"]
  },
  "S3 with a credentials file that is a folder": {
    env: store(bucketAt(lost), { ...noKeys, AWS_SHARED_CREDENTIALS_FILE: folder }),
    names: ["MUSEHUB_OBJECT_STORE", "credentials"]
  },
  "S3 with a configuration file that is a folder": {
    env: store(bucketAt(lost), { ...noKeys, AWS_CONFIG_FILE: folder }),
    names: ["MUSEHUB_OBJECT_STORE", "credentials"]
  },
  "S3 with a web identity that is not there": {
    env: store(bucketAt(lost), {
      ...noKeys,
      AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere",
      AWS_ROLE_ARN: "arn:aws:iam::1:role/x"
    }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with a container that gives no credentials": {
    env: store(bucketAt(lost), { ...noKeys, AWS_CONTAINER_CREDENTIALS_FULL_URI: "nonsense" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with AWS_USE_FIPS_ENDPOINT that is no boolean": {
    env: store("s3://bucket?region=eu", { ...keys, AWS_USE_FIPS_ENDPOINT: "perhaps" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with AWS_USE_DUALSTACK_ENDPOINT that is no boolean": {
    env: store("s3://bucket?region=eu", { ...keys, AWS_USE_DUALSTACK_ENDPOINT: "perhaps" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with AWS_RETRY_MODE that is none": {
    env: store(bucketAt(lost), { ...keys, AWS_RETRY_MODE: "perhaps" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with AWS_DEFAULTS_MODE that is none": {
    env: store(bucketAt(lost), { ...keys, AWS_DEFAULTS_MODE: "perhaps" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },
  "S3 with AWS_MAX_ATTEMPTS that is no number": {
    env: store(bucketAt(lost), { ...keys, AWS_MAX_ATTEMPTS: "many" }),
    names: ["MUSEHUB_OBJECT_STORE"]
  },

  "a folder of objects that is a file": { env: store(`file:${file}`), names: ["MUSEHUB_OBJECT_STORE"] },
  "a folder of objects below a file": {
    env: store(`file:${file}/objects`),
    names: ["MUSEHUB_OBJECT_STORE", "ENOTDIR"]
  },
  "a folder of objects that cannot be written": {
    env: store(`file:${closed}/objects`),
    names: ["MUSEHUB_OBJECT_STORE", "EACCES"],
    unless: isRoot
  },
  "a folder of objects with a name that is too long": {
    env: store(`file:${folder}/${"x".repeat(300)}`),
    names: ["MUSEHUB_OBJECT_STORE", "ENAMETOOLONG"]
  },
  "a folder of objects by flag": { env: {}, args: ["--object-store", `file:${file}`], names: ["--object-store"] },

  "Postgres with a wrong password": {
    env: index(postgresWith((url) => (url.password = secret))),
    names: ["MUSEHUB_INDEX", "password"]
  },
  "Postgres with a wrong user": {
    env: index(postgresWith((url) => (url.username = "nobody"))),
    names: ["MUSEHUB_INDEX"]
  },
  "Postgres with a wrong database": {
    env: index(postgresWith((url) => (url.pathname = "/nowhere"))),
    names: ["MUSEHUB_INDEX", "nowhere"]
  },
  "Postgres with a wrong port": {
    env: index(`postgres://ada:${secret}@127.0.0.1:1/hub`),
    names: ["MUSEHUB_INDEX", "ECONNREFUSED"]
  },
  "Postgres at a host that does not exist": {
    env: index(`postgres://ada:${secret}@nowhere.invalid/hub`),
    names: ["MUSEHUB_INDEX", "nowhere.invalid"]
  },
  "Postgres at a web server": { env: index(`postgres://ada:${secret}@127.0.0.1:${web}/hub`), names: ["MUSEHUB_INDEX"] },
  "Postgres with TLS that it does not speak": {
    env: index(postgresWith((url) => url.searchParams.set("sslmode", "require"))),
    names: ["MUSEHUB_INDEX", /ssl|tls/i]
  },
  "Postgres with an sslmode that is none": {
    env: index(postgresWith((url) => url.searchParams.set("sslmode", "perhaps"))),
    names: ["MUSEHUB_INDEX", "sslmode"]
  },
  "Postgres with a certificate that is not there": {
    env: index(
      postgresWith((url) => {
        url.searchParams.set("sslmode", "verify-full")
        url.searchParams.set("sslrootcert", "/nowhere")
      })
    ),
    names: ["MUSEHUB_INDEX"]
  },
  "Postgres with a broken escape": {
    env: index(`postgres://ada:%zz${secret}@127.0.0.1:1/hub`),
    names: ["MUSEHUB_INDEX"]
  },
  "Postgres with a port that is none": {
    env: index(`postgres://ada:${secret}@127.0.0.1/hub?port=many`),
    names: ["MUSEHUB_INDEX"]
  },
  "Postgres by flag": {
    env: {},
    args: ["--index", "postgres://ada@127.0.0.1:1/hub"],
    names: ["--index", "ECONNREFUSED"]
  },

  "an embedded index in a file": { env: index(`embedded:${file}`), names: ["MUSEHUB_INDEX", /EEXIST|ENOTDIR/] },
  "an embedded index below a file": { env: index(`embedded:${file}/index`), names: ["MUSEHUB_INDEX", "ENOTDIR"] },

  "a port in use": { env: { MUSEHUB_PORT: String(web) }, names: ["MUSEHUB_PORT", "EADDRINUSE"] },
  "a port in use by flag": { env: {}, args: ["--port", String(web)], names: ["--port", "EADDRINUSE"] },
  "a port for root only": { env: { MUSEHUB_PORT: "1" }, names: ["MUSEHUB_PORT", "EACCES"], unless: isRoot },
  "a host that is not this machine's": { env: { MUSEHUB_HOST: "192.0.2.1" }, names: ["MUSEHUB_HOST", "EADDRNOTAVAIL"] },
  "a host that does not exist": {
    env: { MUSEHUB_HOST: "nowhere.invalid" },
    names: ["MUSEHUB_HOST", "nowhere.invalid"]
  },

  "a cache folder that is a file": { env: { MUSEHUB_CACHE_DIR: file }, names: ["MUSEHUB_CACHE_DIR"] },
  "a cache folder below a file": { env: { MUSEHUB_CACHE_DIR: `${file}/cache` }, names: ["MUSEHUB_CACHE_DIR"] },

  "a legacy database that does not answer": {
    env: { MUSEHUB_LEGACY_DATABASE: `postgres://ada:${secret}@127.0.0.1:1/hub`, MUSEHUB_LEGACY_OBJECTS: folder },
    names: ["MUSEHUB_LEGACY_DATABASE"]
  },
  "a legacy database that is no URL": {
    env: { MUSEHUB_LEGACY_DATABASE: secret, MUSEHUB_LEGACY_OBJECTS: folder },
    names: ["MUSEHUB_LEGACY_DATABASE"]
  },
  "a legacy folder that is a file": {
    env: { MUSEHUB_LEGACY_DATABASE: postgres.href, MUSEHUB_LEGACY_OBJECTS: file },
    names: ["MUSEHUB_LEGACY_OBJECTS"]
  },
  "a legacy folder that is not there": {
    env: { MUSEHUB_LEGACY_DATABASE: postgres.href, MUSEHUB_LEGACY_OBJECTS: `${folder}/nowhere` },
    names: ["MUSEHUB_LEGACY_OBJECTS"]
  }
}

const before = { ...process.env }
const workingDirectory = process.cwd()

const withoutSettings = (): void => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|MUSEHUB|PG)/.test(name)) Reflect.deleteProperty(process.env, name)
  }
}

const surroundings = (env: Readonly<Record<string, string>>): void => {
  withoutSettings()
  Object.assign(process.env, { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: "memory:", HOME: folder, ...env })
}

/** Serves in this process until it ends by itself. */
const serve = async (env: Readonly<Record<string, string>>, args: ReadonlyArray<string>) => {
  surroundings(env)
  return Effect.gen(function* () {
    const port = "MUSEHUB_PORT" in env || args.includes("--port") ? [] : ["--port", "0"]
    const command = /STORE|INDEX|PLUGINS|--object-store|--index/.test([...Object.keys(env), ...args].join(" "))
      ? ["status"]
      : ["serve", ...port]
    const exit = yield* Effect.exit(Effect.timeout(commandLine([...command, ...args]), "20 seconds"))
    const code = yield* conclude(exit as never)
    const lines = yield* TestConsole.errorLines
    return { code, said: lines.map((line) => `${String(line)}\n`).join("") }
  }).pipe(Effect.provide(TestConsole.layer), Effect.runPromise)
}

/** Random settings: pieces of URLs, numbers, paths and nonsense, none of which names anything that a hub could use. */
const pieces = [
  "s3:",
  "file:",
  "postgres:",
  `embedded:${file}/`,
  "memory:",
  "//",
  "bucket",
  "?endpoint=",
  "http://127.0.0.1:1",
  "&region=",
  "eu",
  "&path_style=",
  "true",
  `${file}/x`,
  "/",
  "..",
  "%zz",
  "%00",
  "@",
  `ada:${secret}`,
  "?sslmode=",
  "&",
  "=",
  "#",
  " ",
  "\n",
  "🎵",
  "65536",
  "-1",
  "0",
  "1e9",
  "NaN",
  "never",
  "2 seconds",
  "64MiB",
  "json",
  "debug",
  "[::1]",
  "x".repeat(300)
]
const variables = [
  "OBJECT_STORE",
  "INDEX",
  "FENCE",
  "HOST",
  "PORT",
  "PLUGINS",
  "CACHE_MEMORY",
  "CACHE_DIR",
  "CACHE_DISK",
  "PACK_AFTER",
  "LEGACY_DATABASE",
  "LEGACY_OBJECTS",
  "USER",
  "LOG_FORMAT",
  "LOG_LEVEL",
  "CORS_ORIGINS"
]
const randomSettings = 100

describe("a setting that cannot be used ends in one line that names it", () => {
  beforeAll(() => {
    delete process.env["NODE_EXTRA_CA_CERTS"]
  })
  afterAll(() => {
    process.chdir(workingDirectory)
    withoutSettings()
    Object.assign(process.env, before)
    for (const server of servers) server.close()
    chmodSync(closed, 0o700)
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [what, { env, args = [], names, unless = false }] of Object.entries(cases)) {
    it.skipIf(unless)(what, async () => {
      const { code, said } = await serve(env, args)
      assert.include([2, 3], code, said)
      assert.match(said, /^musehub: [^\n]+\n$/)
      for (const part of names) {
        if (typeof part === "string") assert.include(said, part)
        else assert.match(said, part)
      }
      for (const inner of ["a bug in the hub", secret, "    at ", postgres.password]) {
        if (inner !== "") assert.notInclude(said, inner)
      }
    })
  }

  it(`nor do ${randomSettings} random values end in a bug`, async () => {
    const random = seeded(12)
    // Relative paths must not lead into this repository.
    process.chdir(folder)
    for (let run = 0; run < randomSettings; run++) {
      const value = Array.from({ length: random.below(6) }, () => random.pick(pieces)).join("")
      // The port is in use, so a hub that accepts the value ends as well.
      const env = { [`MUSEHUB_${random.pick(variables)}`]: value, MUSEHUB_PORT: String(web) }
      const { code, said } = await serve(env, [])
      const what = `${JSON.stringify(env)}: ${said}`
      assert.include([0, 2, 3], code, what)
      for (const inner of ["a bug in the hub", "    at "]) assert.notInclude(said, inner, what)
      if (code === 2) assert.match(said, /^musehub: [^\n]+\n$/, what)
    }
  })
})
