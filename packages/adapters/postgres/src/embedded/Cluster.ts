/**
 * One Postgres cluster in a folder: made once, started detached from this process with a log file of its own, found
 * again by its pid file, stopped by a signal. Callers hold the folder's start lock, so only one process is in here at
 * a time.
 *
 *     data/           what Postgres keeps
 *     server.json     port and password; readable by the owner alone
 *     postgres.log    what Postgres says
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

/** How long a start, with crash recovery, or a stop may take. */
const patienceMillis = 60_000
const pollMillis = 25
/**
 * Pauses between starts: the port can be taken meanwhile, and what is left of a crashed server needs a moment to go.
 */
const startPauseMillis = 100
const startPauseMillisMax = 2000
const logBytesMax = 10 * 1024 * 1024

/**
 * For a machine with little memory, and an index that the store can rebuild but that should not lose a row meanwhile.
 */
const settings = {
  listen_addresses: host,
  unix_socket_directories: "",
  max_connections: "60",
  shared_buffers: "128MB",
  work_mem: "16MB",
  // No replicas, so the log need only serve crash recovery.
  wal_level: "minimal",
  max_wal_senders: "0",
  // Every statement is either short or one bulk insert; neither gains by compilation or by parallel workers.
  jit: "off",
  max_parallel_workers_per_gather: "0",
  // After a first large push the planner is blind until the tables are analysed.
  autovacuum_naptime: "15s",
  // Statements carry whole pushes, which do not belong in a log.
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

/** No such file; or, below `/proc`, a process that ended just now. */
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

/** Replaces the file in one step; others read it without a lock. */
const writeServerFile = async (file: string, content: ServerFile): Promise<void> => {
  await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** The port that a listener gets: the wanted one, or any for 0. Undefined when it is taken. */
const tryPort = (wanted: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen(wanted, host, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The port of the last time if it is free, so that clients find a server that was started again. */
const choosePort = async (last: number): Promise<number> => {
  const port = (await tryPort(last)) ?? (await tryPort(0))
  if (port === undefined) throw new Error(`no free port on ${host}`)
  return port
}

/**
 * Whether our server answers. Anyone else on the port does not know the password, which both sides prove to each
 * other.
 */
const answers = (server: ServerFile): Promise<boolean> =>
  PgConnection.make({ url: urlOf(server), connectTimeout: "5 seconds" }).pipe(
    Effect.isSuccess,
    Effect.scoped,
    Effect.runPromise
  )

/**
 * The words of a process's command line; undefined when no process has the number, none for one that is dead but not
 * buried.
 */
const commandOf = async (pid: number): Promise<ReadonlyArray<string> | undefined> => {
  if (platform() === "linux") return (await readText(`/proc/${pid}/cmdline`))?.split("\0").filter((word) => word !== "")
  return run("ps", ["-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim().split(" "),
    () => undefined
  )
}

/**
 * Who has the number in the pid file: this folder's server, nobody, or a stranger, to whom the number went after a
 * crash.
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
 * Postgres takes a stranger, or its own unburied predecessor, for a server that runs. It knows that its parent is
 * none, so the file gets our number; all else in it stays, since by that Postgres still makes sure that no process of
 * the predecessor is left on the data.
 */
const disownPidFile = async (directory: string): Promise<void> => {
  const { pid: pidFile } = files(directory)
  const text = await readText(pidFile)
  if (text !== undefined) await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)))
}

/** Makes the cluster beside its place and moves it there when it is whole. */
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

/** The last lines that Postgres wrote, for the message about a start that failed. */
const lastWords = async (file: string): Promise<string> =>
  ((await readText(file)) ?? "").trim().split("\n").slice(-3).join(" | ")

/** Starts the server so that it outlives this process. True once it answers, false if it ended before. */
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
      // A session of its own: neither our end nor Ctrl-C in our terminal reaches it.
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

/** The one who owns the data, if there is any; and whether these programs can read it. */
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

/** Whether the folder's server runs, whatever it is busy with. */
export const isRunning = async (directory: string): Promise<boolean> => (await pidHolder(directory))._tag === "Server"

/** Finds the folder's server running, or makes and starts it. Gives the URL for clients on this machine. */
export const ensureRunning = async (directory: string): Promise<Redacted.Redacted> => {
  const { server: serverFile, log } = files(directory)
  const binaries = await Binaries.locate()
  // The server's account must get through to `data`; what is secret here has a mode of its own.
  if (process.getuid?.() === 0) await chmod(directory, (await stat(directory)).mode | 0o011)
  const dataOwner = await inspectData(directory, binaries)
  const account = await Account.choose(binaries.postgres, directory, dataOwner)
  if (dataOwner === undefined) await initialise(directory, binaries, account)

  const text = await readText(serverFile)
  if (text === undefined)
    throw new Error(`${serverFile} is gone, and with it the password; remove ${directory} and rebuild the index`)
  const server = await decodeServerFile(text)

  // One that is up is joined; one that is starting, recovering or stopping is waited for.
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

/** Stops the folder's server: clients are cut off, what they were told stays. No server is success. */
export const stop = async (directory: string): Promise<void> => {
  let holder = await pidHolder(directory)
  if (holder._tag === "Server") process.kill(holder.pid, "SIGINT")
  for (const deadline = Date.now() + patienceMillis; holder._tag === "Server"; holder = await pidHolder(directory)) {
    if (Date.now() > deadline)
      throw new Error(`Postgres (process ${holder.pid}) did not stop within ${patienceMillis} ms`)
    await sleep(pollMillis)
  }
}
