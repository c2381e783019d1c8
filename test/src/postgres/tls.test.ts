/**
 * Connections to a Postgres with TLS and a private authority: each `sslmode` means what it means to `psql`, which is
 * asked too where it is installed.
 */
import { PgConnection } from "@effect/sql-pg"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { sentenceOf } from "@musehub/adapter-postgres/Errors"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { Effect, Exit, Result, Scope } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { run } from "../cli/program.ts"
import { certificateFolder, textOf } from "../services/certificates.ts"
import { ownPostgres } from "../services/OwnPostgres.ts"

const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const certificates = certificateFolder()
afterAll(certificates.remove)
afterAll(() => void vi.unstubAllEnvs())

const authority = certificates.authority("Our own authority")
const stranger = certificates.authority("A strange authority")
/** Not for 127.0.0.1, so that only the name `localhost` fits it. */
const server = authority.sign("db.example", "DNS:localhost")

const users = { either: "host", encrypted: "hostssl", plain: "hostnossl" } as const
type User = keyof typeof users

const withTls = await Effect.runPromise(
  Scope.provide(
    ownPostgres({
      settings: { ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key", ssl_ca_file: "ca.crt" },
      files: {
        "server.crt": textOf(server.certificate),
        "server.key": textOf(server.key),
        "ca.crt": textOf(authority.certificate)
      },
      hba: [
        ...Object.entries(users).map(([user, type]) => `${type} all ${user} 127.0.0.1/32 trust`),
        "hostssl all certified 127.0.0.1/32 cert"
      ]
    }),
    scope
  )
)
const withoutTls = await Effect.runPromise(
  Scope.provide(ownPostgres({ hba: ["host all either 127.0.0.1/32 trust"] }), scope)
)

const superuser = (url: string, statement: string) =>
  Effect.runPromise(
    PostgresUrl.parse(url).pipe(
      Effect.flatMap(({ connect }) => connect()),
      Effect.flatMap((config) => PgConnection.make(config)),
      Effect.flatMap((connection) => connection.query(statement)),
      Effect.scoped
    )
  )
for (const user of [...Object.keys(users), "certified"]) await superuser(withTls.url, `CREATE ROLE "${user}" LOGIN`)
await superuser(withoutTls.url, 'CREATE ROLE "either" LOGIN')

const isEncrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

type Outcome = "encrypted" | "plain" | "refused"

/** What comes of opening the URL as the hub does. */
const outcomeOf = (url: string): Promise<Outcome> =>
  PostgresUrl.parse(url).pipe(
    Effect.flatMap(({ connect }) => connect()),
    Effect.flatMap((config) => PgConnection.make(config)),
    Effect.flatMap((connection) => connection.query(isEncrypted)),
    Effect.scoped,
    Effect.match({
      onFailure: () => "refused" as const,
      onSuccess: ({ rows }) => (rows[0]?.["ssl"] === true ? ("encrypted" as const) : ("plain" as const))
    }),
    Effect.runPromise
  )

const psqlIsThere = spawnSync("psql", ["--version"]).status === 0

/** What comes of it in `psql`. */
const psqlOutcomeOf = (url: string): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile("psql", ["-X", "-A", "-t", "-w", "-c", isEncrypted, url], (error, stdout) =>
      resolve(error !== null ? "refused" : stdout.trim() === "t" ? "encrypted" : "plain")
    )
  })

const home = (file?: string) => {
  const folder = mkdtempSync(join(certificates.folder, "home-"))
  if (file === undefined) return folder
  mkdirSync(join(folder, ".postgresql"))
  copyFileSync(file, join(folder, ".postgresql", "root.crt"))
  return folder
}

interface Case {
  readonly port: number
  readonly host: "localhost" | "127.0.0.1"
  readonly user: User
  readonly mode: string | undefined
  readonly root: string | undefined
}

const urlOf = ({ host, mode, port, root, user }: Case) => {
  const parameters = [
    ...(mode === undefined ? [] : [`sslmode=${mode}`]),
    ...(root === undefined ? [] : [`sslrootcert=${encodeURIComponent(root)}`])
  ]
  return `postgres://${user}@${host}:${port}/postgres?${parameters.join("&")}`
}

const modes = [undefined, "disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
const roots = { none: undefined, ours: authority.certificate, strange: stranger.certificate }

const atOnce = 4

/** Asserts that the hub and `psql` come to the same with each URL. `folder` is the user's home. */
const assertAgree = async (folder: string, cases: ReadonlyArray<Case>) => {
  vi.stubEnv("HOME", folder)
  const disagreement = Effect.fnUntraced(function* (one: Case) {
    const url = urlOf(one)
    const [ours, theirs] = yield* Effect.promise(() => Promise.all([outcomeOf(url), psqlOutcomeOf(url)]))
    return ours === theirs ? [] : [`${url}: ${ours} here, ${theirs} with psql`]
  })
  const found = await Effect.runPromise(Effect.forEach(cases, disagreement, { concurrency: atOnce }))
  assert.deepStrictEqual(found.flat(), [])
}

/** The outcomes that libpq's documentation promises, for a server with TLS and a user who may come either way. */
const promised: Readonly<
  Record<string, Readonly<Record<keyof typeof roots, readonly [named: Outcome, other: Outcome]>>>
> = {
  disable: { none: ["plain", "plain"], ours: ["plain", "plain"], strange: ["plain", "plain"] },
  allow: { none: ["plain", "plain"], ours: ["plain", "plain"], strange: ["plain", "plain"] },
  prefer: { none: ["encrypted", "encrypted"], ours: ["encrypted", "encrypted"], strange: ["plain", "plain"] },
  require: { none: ["encrypted", "encrypted"], ours: ["encrypted", "encrypted"], strange: ["refused", "refused"] },
  "verify-ca": { none: ["refused", "refused"], ours: ["encrypted", "encrypted"], strange: ["refused", "refused"] },
  "verify-full": { none: ["refused", "refused"], ours: ["encrypted", "refused"], strange: ["refused", "refused"] }
}

describe("sslmode", () => {
  it("keeps what libpq promises of each mode", { timeout: 60_000 }, async () => {
    vi.stubEnv("HOME", home())
    for (const [mode, byRoot] of Object.entries(promised)) {
      for (const [name, [named, other]] of Object.entries(byRoot)) {
        const root = roots[name as keyof typeof roots]
        const at = { port: withTls.port, user: "either", mode, root } as const
        assert.strictEqual(await outcomeOf(urlOf({ ...at, host: "localhost" })), named, `${mode} ${name} localhost`)
        assert.strictEqual(await outcomeOf(urlOf({ ...at, host: "127.0.0.1" })), other, `${mode} ${name} 127.0.0.1`)
      }
    }
  })

  it.runIf(psqlIsThere)("agrees with psql on every server, user, mode and authority", { timeout: 60_000 }, async () => {
    const usual = { port: withTls.port, host: "localhost", user: "either", root: undefined } as const
    const cases: ReadonlyArray<Case> = modes.flatMap((mode) => [
      ...Object.values(roots).map((root) => ({ ...usual, mode, root })),
      ...(["encrypted", "plain"] as const).map((user) => ({ ...usual, mode, user })),
      { ...usual, mode, port: withoutTls.port },
      ...(mode?.startsWith("v") === true ? [{ ...usual, mode, root: roots.ours, host: "127.0.0.1" } as const] : [])
    ])
    await assertAgree(home(), cases)
    const defaults = modes.map((mode) => ({ ...usual, mode }))
    await assertAgree(home(authority.certificate), defaults)
    await assertAgree(home(stranger.certificate), defaults)
  })

  it("presents a client certificate, and is refused without", async () => {
    vi.stubEnv("HOME", home())
    const ours = authority.sign("certified")
    const theirs = stranger.sign("certified")
    const at = `postgres://certified@localhost:${withTls.port}/postgres?sslmode=verify-full`
    const root = `&sslrootcert=${encodeURIComponent(authority.certificate)}`
    const own = ({ certificate, key }: typeof ours) =>
      `&sslcert=${encodeURIComponent(certificate)}&sslkey=${encodeURIComponent(key)}`
    assert.strictEqual(await outcomeOf(at + root), "refused")
    assert.strictEqual(await outcomeOf(at + root + own(theirs)), "refused")
    assert.strictEqual(await outcomeOf(at + root + own(ours)), "encrypted")
  })

  it("takes the authorities of the operating system for sslrootcert=system", { timeout: 60_000 }, async () => {
    const index = `postgres://postgres@localhost:${withTls.port}/postgres?sslrootcert=system`
    const statusWith = (certificates: string) =>
      run(["status"], {
        directory: home(),
        env: { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: index, SSL_CERT_FILE: certificates }
      })
    assert.strictEqual((await statusWith(authority.certificate)).code, 0)
    const refused = await statusWith(stranger.certificate)
    assert.strictEqual(refused.code, 3)
    assert.match(refused.stderr, /MUSEHUB_INDEX.*certificate/)
  })

  it("names the parameter of a file that cannot be read, and what verify-full needs", async () => {
    vi.stubEnv("HOME", home())
    const at = `postgres://either:s3cret@localhost:${withTls.port}/postgres`
    const refusalOf = (search: string) =>
      PostgresUrl.parse(at + search).pipe(
        Effect.flatMap(({ connect }) => connect()),
        Effect.flip,
        Effect.map((error) => (error._tag === "SqlError" ? sentenceOf(error) : error.message)),
        Effect.runPromise
      )
    assert.match(await refusalOf("?sslmode=verify-full"), /sslrootcert=<file>.*sslrootcert=system/)
    assert.match(await refusalOf("?sslmode=require&sslrootcert=/nowhere.pem"), /sslrootcert.*\/nowhere\.pem/)
    assert.match(await refusalOf("?sslmode=require&sslcert=/nowhere.pem"), /sslcert.*\/nowhere\.pem/)
    assert.match(await refusalOf("?sslrootcert=system"), /certificate|issuer/)
  })
})

describe("parameters of an index URL", () => {
  const messageOf = (search: string) => {
    const result = Effect.runSync(Effect.result(PostgresUrl.parse(`postgres://ada:s3cret@db/index?${search}`)))
    const message = Result.isFailure(result) ? result.failure.message : "accepted"
    assert.notInclude(message, "s3cret")
    return message
  }

  it("are refused by name where the hub does not know or cannot obey them", () => {
    for (const [search, name] of [
      ["sslmod=require", "sslmod"],
      ["sslmode=required", "sslmode"],
      ["sslmode=require&sslmode=disable", "sslmode"],
      ["channel_binding=require", "channel_binding"],
      ["gssencmode=require", "gssencmode"],
      ["require_auth=scram-sha-256", "require_auth"],
      ["target_session_attrs=standby", "target_session_attrs"],
      ["hostaddr=127.0.0.1", "hostaddr"],
      ["service=hub", "service"],
      ["passfile=/x", "passfile"],
      ["sslcrldir=/x", "sslcrldir"],
      ["sslrootcert=system&sslmode=require", "sslrootcert=system"],
      ["host=one,two", "host"],
      ["port=70000", "port"],
      ["connect_timeout=soon", "connect_timeout"],
      ["client_encoding=LATIN1", "client_encoding"],
      ["tcp_user_timeout=3", "tcp_user_timeout"]
    ] as const) {
      assert.include(messageOf(search), name, search)
    }
  })

  it("are obeyed: application_name, options, connect_timeout, user, password and dbname", async () => {
    const url =
      `postgres://nobody@127.0.0.1:${withoutTls.port}/nothing?sslmode=disable&user=postgres&dbname=postgres` +
      "&application_name=my%20hub+1&options=-c%20work_mem%3D7MB&connect_timeout=7&target_session_attrs=any"
    const { rows } = await superuser(
      url,
      "SELECT current_setting('application_name') AS name, current_setting('work_mem') AS memory"
    )
    assert.deepStrictEqual(rows, [{ name: "my hub+1", memory: "7MB" }])
    const config = await Effect.runPromise(Effect.flatMap(PostgresUrl.parse(url), ({ connect }) => connect()))
    assert.strictEqual(config.connectTimeout, 7000)
  })
})
