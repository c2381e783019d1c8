/**
 * A real PgBouncer in front of a Postgres, on a free port. In session mode a client keeps one connection of the server
 * until it leaves; in transaction mode each transaction gets any of them.
 */
import * as Account from "@musehub/adapter-postgres/embedded/Account"
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect, createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"

export type PoolMode = "session" | "transaction"

export interface PgBouncer {
  /** The URL of the target with the pooler's address in it. */
  readonly url: string
  /** Ends the pooler at once, with all connections through it. */
  readonly kill: Effect.Effect<void>
}

/** The programs of Debian's packages for servers are not in everyone's path. */
const program = ["pgbouncer", "/usr/sbin/pgbouncer"].find((name) => spawnSync(name, ["--version"]).error === undefined)

/** Registers tests that need PgBouncer; without it, one skipped test names the reason. */
export const describePgBouncer = (title: string, tests: () => void | Promise<void>): void => {
  describe(title, async () => {
    if (program !== undefined) await tests()
    else it.runIf(false)("needs PgBouncer (pgbouncer is not installed)", () => expect.unreachable())
  })
}

const freePort = async (): Promise<number> => {
  const server = createServer()
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const startMillisMax = 20_000

const accepting = async (port: number, child: ChildProcess, complaint: () => string): Promise<void> => {
  const deadline = Date.now() + startMillisMax
  for (;;) {
    const socket = connect(port, "127.0.0.1")
    const accepted = await once(socket, "connect").then(
      () => true,
      () => false
    )
    socket.destroy()
    if (accepted) return
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`PgBouncer did not start: ${complaint()}`)
    await sleep(25)
  }
}

/** The configuration, with the target's user for every client and few connections, so that clients share them. */
const configuration = (target: URL, port: number, mode: PoolMode): string => {
  const server = [
    `host=${target.hostname}`,
    `port=${target.port === "" ? "5432" : target.port}`,
    `user=${decodeURIComponent(target.username)}`,
    `password=${decodeURIComponent(target.password)}`
  ]
  return `[databases]
* = ${server.join(" ")}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
max_client_conn = 200
default_pool_size = ${mode === "session" ? 40 : 4}
server_tls_sslmode = disable
`
}

const open = async (url: string, mode: PoolMode) => {
  if (program === undefined) throw new Error("pgbouncer is not installed")
  const target = new URL(url)
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), "musehub-pgbouncer-"))
  const file = join(folder, "pgbouncer.ini")
  await writeFile(file, configuration(target, port, mode))
  // Like Postgres, it refuses to run as root.
  await chmod(folder, 0o755)
  const account = await Account.choose(program, folder)
  if (account.owner !== undefined) await chown(file, account.owner.uid, account.owner.gid)
  const [command, args] = account.command(program, [file])
  const child = spawn(command, args, { ...account.spawnOptions, cwd: "/", stdio: ["ignore", "ignore", "pipe"] })
  const closed = once(child, "close")
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text))
  await accepting(port, child, () => said)
  target.hostname = "127.0.0.1"
  target.port = String(port)
  const kill = async () => {
    child.kill("SIGKILL")
    await closed
  }
  const close = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: target.toString(), kill: Effect.promise(kill), close }
}

/** Starts a pooler in front of the Postgres at `url`, until the scope closes. */
export const pgBouncer = (url: string, mode: PoolMode): Effect.Effect<PgBouncer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => open(url, mode)),
    ({ close }) => Effect.promise(close)
  )
