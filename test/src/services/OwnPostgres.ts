/**
 * A Postgres of a test's own, with the settings, the `pg_hba.conf` and the files that the test gives: Debian's where it
 * is installed, else the embedded one.
 */
import * as Account from "@musehub/adapter-postgres/embedded/Account"
import * as Binaries from "@musehub/adapter-postgres/embedded/Binaries"
import { Effect, type Scope } from "effect"
import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** The folder of Debian's PostgreSQL 15. */
const debian = "/usr/lib/postgresql/15/bin"
export const hasDebianPostgres = existsSync(join(debian, "postgres"))

export interface OwnPostgres {
  /** For the superuser, over a plain connection. */
  readonly url: string
  readonly port: number
}

interface Options {
  readonly settings?: Readonly<Record<string, string>>
  /** The lines after those that let the superuser in. */
  readonly hba?: ReadonlyArray<string>
  /** Written into the data folder, for settings that name them. */
  readonly files?: Readonly<Record<string, string>>
}

const user = "postgres"
const host = "127.0.0.1"
const patienceMillis = 30_000

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, host, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const start = async ({ files = {}, hba = [`host all all ${host}/32 trust`], settings = {} }: Options) => {
  const binaries = hasDebianPostgres
    ? { postgres: join(debian, "postgres"), initdb: join(debian, "initdb") }
    : await Binaries.locate()
  const directory = await mkdtemp(join(tmpdir(), "musehub-own-postgres-"))
  const data = join(directory, "data")
  await run("chmod", ["711", directory])
  const account = await Account.choose(binaries.postgres, directory)
  const give = async (path: string) => {
    if (account.owner !== undefined) await chown(path, account.owner.uid, account.owner.gid)
  }
  await mkdir(data, { mode: 0o700 })
  await give(data)
  const environment = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" }
  const options = { ...account.spawnOptions, cwd: "/", env: environment }
  const [initdb, initialise] = account.command(binaries.initdb, [
    `--pgdata=${data}`,
    `--username=${user}`,
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync"
  ])
  await run(initdb, [...initialise], options)
  const written = { ...files, "pg_hba.conf": [`host all ${user} ${host}/32 trust`, ...hba, ""].join("\n") }
  for (const [name, text] of Object.entries(written)) {
    const path = join(data, name)
    await writeFile(path, text, { mode: 0o600 })
    await give(path)
  }
  const port = await freePort()
  const all = { listen_addresses: host, port: String(port), unix_socket_directories: "", fsync: "off", ...settings }
  const [postgres, serve] = account.command(binaries.postgres, [
    "-D",
    data,
    ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  ])
  const server = spawn(postgres, [...serve], { ...options, stdio: ["ignore", "ignore", "pipe"] })
  let log = ""
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Postgres does not get ready: ${log}`)), patienceMillis)
    server.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8")
      if (!log.includes("ready to accept connections")) return
      clearTimeout(late)
      resolve()
    })
    server.once("close", () => reject(new Error(`Postgres does not start: ${log}`)))
  })
  const stop = async () => {
    server.kill("SIGINT")
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  return { url: `postgres://${user}@${host}:${port}/postgres?sslmode=disable`, port, stop }
}

/** Starts the server, until the scope closes. */
export const ownPostgres = (options: Options = {}): Effect.Effect<OwnPostgres, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => start(options)),
    ({ stop }) => Effect.promise(stop)
  )
