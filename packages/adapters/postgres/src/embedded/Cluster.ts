/**
 * One Postgres cluster in a folder: created once, started detached from this process with its own log file, found again
 * by its pid file, stopped by a signal. Callers hold the folder's start lock, so one process at a time runs this code.
 *
 *     data/           the data of Postgres
 *     server.json     port and password; only its owner may read it
 *     postgres.log    the log of Postgres
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect, Redacted, Schema } from "effect"
import { execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { platform } from "node:os"
import { basename, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import * as Account from "./Account.ts"
import * as Binaries from "./Binaries.ts"

const run = promisify(execFile)

const user = "musehub"
const database = "postgres"
const host = "127.0.0.1"

/** The longest wait for a start, including crash recovery, or for a stop. */
const patienceMillis = 60_000
const pollMillis = 25
/**
 * Pauses between starts: the port may be taken meanwhile, and the remains of a crashed server need a moment to end.
 */
const startPauseMillis = 100
const startPauseMillisMax = 2000
const logBytesMax = 10 * 1024 * 1024

/**
 * Settings for a machine with little memory, and for an index that can be rebuilt from the store but should not lose
 * rows.
 */
const settings = {
  listen_addresses: host,
  unix_socket_directories: "",
  max_connections: "60",
  shared_buffers: "128MB",
  work_mem: "16MB",
  // There are no replicas, so the log serves crash recovery alone.
  wal_level: "minimal",
  max_wal_senders: "0",
  // Every statement is short or one bulk insert; neither gains from compilation or from parallel workers.
  jit: "off",
  max_parallel_workers_per_gather: "0",
  // After a first large push the planner has no statistics until the tables are analysed.
  autovacuum_naptime: "15s",
  // Statements contain whole pushes, which do not belong in a log.
  log_min_error_statement: "panic"
}

const ServerFile = Schema.fromJsonString(Schema.Struct({ port: Schema.Int, password: Schema.String }))
type ServerFile = typeof ServerFile.Type
const decodeServerFile = Schema.decodeUnknownPromise(ServerFile)

const files = (directory: string) => ({
  data: join(directory, "data"),
  version: join(directory, "data", "PG_VERSION"),
  pid: join(directory, "data", "postmaster.pid"),
  fresh: join(directory, "data.new"),
  server: join(directory, "server.json"),
  log: join(directory, "postgres.log")
})

/** Says whether the file does not exist; below `/proc`, whether the process has just ended. */
const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")

const orUndefined = (error: unknown): undefined => {
  if (isMissing(error)) return undefined
  throw error
}

const readText = (file: string): Promise<string | undefined> => readFile(file, "utf8").catch(orUndefined)

const environment = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" }

const urlOf = ({ port, password }: ServerFile): Redacted.Redacted =>
  Redacted.make(`postgres://${user}:${password}@${host}:${port}/${database}?sslmode=disable`, { label: "postgres" })

/** Replaces the file atomically; readers take no lock. */
const writeServerFile = async (file: string, content: ServerFile): Promise<void> => {
  await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Returns the port that a listener gets: the wanted one, or any for 0. Undefined if it is taken. */
const tryPort = (wanted: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen(wanted, host, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Returns the last port if it is free, so that clients find a restarted server, and otherwise any free one. */
const choosePort = async (last: number): Promise<number> => {
  const port = (await tryPort(last)) ?? (await tryPort(0))
  if (port === undefined) throw new Error(`no free port on ${host}`)
  return port
}

/**
 * Says whether this folder's server answers. Another server on the port does not know the password, which both sides
 * prove to each other.
 */
const answers = (server: ServerFile): Promise<boolean> =>
  PgConnection.make({ url: urlOf(server), connectTimeout: "5 seconds" }).pipe(
    Effect.isSuccess,
    Effect.scoped,
    Effect.runPromise
  )

/** Returns the words of a process's command line: undefined if there is no such process, empty for a zombie. */
const commandOf = async (pid: number): Promise<ReadonlyArray<string> | undefined> => {
  if (platform() === "linux") return (await readText(`/proc/${pid}/cmdline`))?.split("\0").filter((word) => word !== "")
  return run("ps", ["-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim().split(" "),
    () => undefined
  )
}

/**
 * Finds the process that has the number in the pid file: this folder's server, none (`Nobody`), or another program
 * (`Stranger`) that got the number after a crash.
 */
const pidHolder = async (directory: string) => {
  const { data, pid: pidFile } = files(directory)
  const pid = Number((await readText(pidFile))?.split("\n")[0])
  const command = Number.isInteger(pid) && pid > 0 ? await commandOf(pid) : undefined
  if (command === undefined) return { _tag: "Nobody" } as const
  const [program = "", ...args] = command
  return basename(program) === "postgres" && args.join(" ").startsWith(`-D ${data} `)
    ? ({ _tag: "Server", pid } as const)
    : ({ _tag: "Stranger" } as const)
}

/**
 * Writes this process's number into the pid file. Postgres would take another program, or its zombie predecessor, for a
 * running server, but not its own parent. The rest of the file stays: by it Postgres makes sure that no process of the
 * predecessor still uses the data.
 */
const disownPidFile = async (directory: string): Promise<void> => {
  const { pid: pidFile } = files(directory)
  const text = await readText(pidFile)
  if (text !== undefined) await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)))
}

/** Creates the cluster beside its place and moves it there when it is complete. */
const initialise = async (directory: string, { initdb }: Binaries.Binaries, account: Account.Account) => {
  const { data, fresh, server } = files(directory)
  const passwordFile = `${server}.password`
  const password = randomBytes(24).toString("base64url")
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  try {
    if (account.owner !== undefined) {
      await chown(fresh, account.owner.uid, account.owner.gid)
      await chown(passwordFile, account.owner.uid, account.owner.gid)
    }
    const [file, args] = account.command(initdb, [
      `--pgdata=${fresh}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-instructions"
    ])
    await run(file, [...args], { ...account.spawnOptions, cwd: "/", env: environment })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await writeServerFile(server, { port: 0, password })
  await rename(fresh, data)
}

const openLog = async (file: string) => {
  const size = (await stat(file).catch(orUndefined))?.size ?? 0
  if (size > logBytesMax) await rename(file, `${file}.1`)
  return open(file, "a", 0o600)
}

/** Returns the last lines of the log, for the message about a failed start. */
const lastWords = async (file: string): Promise<string> =>
  ((await readText(file)) ?? "").trim().split("\n").slice(-3).join(" | ")

/** Starts the server so that it outlives this process. Returns true once it answers, false if it ended before that. */
const spawnServer = async (
  directory: string,
  { postgres }: Binaries.Binaries,
  account: Account.Account,
  server: ServerFile
): Promise<boolean> => {
  const { data, log } = files(directory)
  const options = Object.entries({ ...settings, port: String(server.port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`
  ])
  const [file, args] = account.command(postgres, ["-D", data, ...options])
  const output = await openLog(log)
  try {
    const child = spawn(file, [...args], {
      ...account.spawnOptions,
      cwd: "/",
      env: environment,
      // In a session of its own, so that neither the end of this process nor Ctrl-C in its terminal reaches it.
      detached: true,
      stdio: ["ignore", output.fd, output.fd]
    })
    let failure: Error | undefined
    child.once("error", (error) => {
      failure = error
    })
    child.unref()
    for (const deadline = Date.now() + patienceMillis; child.exitCode === null && child.signalCode === null;) {
      if (failure !== undefined) throw failure
      if (await answers(server)) return true
      if (Date.now() > deadline)
        throw new Error(`Postgres did not get ready within ${patienceMillis} ms: ${await lastWords(log)}`)
      await sleep(pollMillis)
    }
    return false
  } finally {
    await output.close()
  }
}

/** Returns the owner of the data; undefined if there is none. Fails if these programs cannot read the data. */
const inspectData = async (directory: string, { postgres }: Binaries.Binaries) => {
  const { data, version } = files(directory)
  const found = await stat(data).catch(orUndefined)
  if (found === undefined) return undefined
  const made = (await readText(version))?.trim()
  if (made === undefined) throw new Error(`${data} is there but is no Postgres cluster`)
  const ours = /\) (\d+)/.exec((await run(postgres, ["--version"])).stdout)?.[1]
  if (made !== ours)
    throw new Error(`its data are of PostgreSQL ${made}, and this is ${ours}; remove ${data} and rebuild the index`)
  return { uid: found.uid, gid: found.gid }
}

/**
 * Takes the rights of other users to the folder away, if it is this user's. Under root the server has another account,
 * which must be able to enter the folder to reach `data`; then others may enter too, but they cannot list it, and what
 * is in it is closed to them.
 */
const closeToOthers = async (directory: string): Promise<void> => {
  const ourselves = process.getuid?.()
  if ((await stat(directory)).uid !== ourselves) return
  await chmod(directory, ourselves === 0 ? 0o711 : 0o700)
}

/** Says whether the folder's server runs, even if it does not answer yet. */
export const isRunning = async (directory: string): Promise<boolean> => (await pidHolder(directory))._tag === "Server"

/** Joins the folder's running server, or creates and starts it. Returns the URL for clients on this machine. */
export const ensureRunning = async (directory: string): Promise<Redacted.Redacted> => {
  const { server: serverFile, log } = files(directory)
  const binaries = await Binaries.locate()
  await closeToOthers(directory)
  const dataOwner = await inspectData(directory, binaries)
  const account = await Account.choose(binaries.postgres, directory, dataOwner)
  if (dataOwner === undefined) await initialise(directory, binaries, account)

  const text = await readText(serverFile)
  if (text === undefined)
    throw new Error(`${serverFile} is gone, and with it the password; remove ${directory} and rebuild the index`)
  const server = await decodeServerFile(text)

  // Joins a running server; waits for one that is starting, recovering or stopping.
  let holder = await pidHolder(directory)
  for (const deadline = Date.now() + patienceMillis; holder._tag === "Server"; holder = await pidHolder(directory)) {
    if (await answers(server)) return urlOf(server)
    if (Date.now() > deadline)
      throw new Error(`Postgres (process ${holder.pid}) runs but does not answer: ${await lastWords(log)}`)
    await sleep(pollMillis)
  }

  for (let pause = startPauseMillis; ; pause *= 2) {
    if ((await pidHolder(directory))._tag === "Stranger") await disownPidFile(directory)
    const moved = { port: await choosePort(server.port), password: server.password }
    await writeServerFile(serverFile, moved)
    if (await spawnServer(directory, binaries, account, moved)) return urlOf(moved)
    if (pause > startPauseMillisMax) throw new Error(`Postgres does not start: ${await lastWords(log)}`)
    await sleep(pause)
  }
}

/** Stops the folder's server. Clients are disconnected; committed changes stay. Succeeds if no server runs. */
export const stop = async (directory: string): Promise<void> => {
  let holder = await pidHolder(directory)
  if (holder._tag === "Server") process.kill(holder.pid, "SIGINT")
  for (const deadline = Date.now() + patienceMillis; holder._tag === "Server"; holder = await pidHolder(directory)) {
    if (Date.now() > deadline)
      throw new Error(`Postgres (process ${holder.pid}) did not stop within ${patienceMillis} ms`)
    await sleep(pollMillis)
  }
}
