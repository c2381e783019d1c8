/**
 * The embedded Postgres between processes: the first one starts it, others join it, the last one stops it, and no crash
 * takes it away from the others. Real processes, really killed.
 */
import { afterAll, assert, it } from "@effect/vitest"
import * as Embedded from "@musehub/adapter-postgres/Embedded"
import { embeddedPlugin } from "@musehub/adapter-postgres/plugin"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { Effect, Layer } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

// Inside a folder that only its owner may enter, like home folders and temporary clones.
const base = await mkdtemp(join(tmpdir(), "musehub-embedded-"))
afterAll(() => rm(base, { recursive: true, force: true }))

const pidFileOf = (directory: string) => join(directory, "data", "postmaster.pid")
const isUp = (directory: string) => existsSync(pidFileOf(directory))
const serverPid = async (directory: string) => Number((await readFile(pidFileOf(directory), "utf8")).split("\n")[0])

const program = fileURLToPath(new URL("client.ts", import.meta.url))

interface Client {
  readonly process: ChildProcess
  readonly line: () => Promise<string>
  /** Lets the process end in order. */
  readonly leave: () => Promise<void>
  readonly kill: () => Promise<void>
}

/** Starts a process on the folder, and waits until it has the index open. */
const client = async (directory: string): Promise<Client> => {
  const child = spawn(process.execPath, [program, directory], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => String((await lines.next()).value)
  const ended = once(child, "exit")
  assert.match(await line(), /^open \d+$/)
  return {
    process: child,
    line,
    leave: async () => {
      child.stdin.end()
      await ended
      assert.strictEqual(child.exitCode, 0)
    },
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    }
  }
}

const use = (directory: string) =>
  Effect.runPromise(Effect.flatMap(wholeIndex, (index) => index.counts).pipe(Effect.provide(Embedded.layer(directory))))

it("is started by the first process, joined by others, and stopped by the last", async () => {
  const directory = join(base, "shared")
  const first = await client(directory)
  const pid = await serverPid(directory)
  const second = await client(directory)
  assert.strictEqual(await serverPid(directory), pid)
  await first.leave()
  assert.isTrue(isUp(directory))
  await use(directory)
  assert.isTrue(isUp(directory))
  assert.strictEqual(await serverPid(directory), pid)
  await second.leave()
  assert.isFalse(isUp(directory))
  // And again, on the existing data.
  await use(directory)
  assert.isFalse(isUp(directory))
})

it("keeps running for the others when the process that started it crashes", async () => {
  const directory = join(base, "starter-crash")
  const starter = await client(directory)
  const other = await client(directory)
  const pid = await serverPid(directory)
  await starter.kill()
  await use(directory)
  assert.strictEqual(await serverPid(directory), pid)
  other.process.stdin?.end()
  assert.strictEqual(await other.line(), "still open")
  await once(other.process, "exit")
  assert.isFalse(isUp(directory))
})

it("is joined by the next process after a crash of its only user, and stopped by it", async () => {
  const directory = join(base, "orphan")
  const only = await client(directory)
  const pid = await serverPid(directory)
  await only.kill()
  assert.strictEqual(await serverPid(directory), pid)
  await use(directory)
  assert.isFalse(isUp(directory))
})

it("is started again with all recorded data after a crash of everything", async () => {
  const directory = join(base, "power-cut")
  const only = await client(directory)
  const pid = await serverPid(directory)
  await only.kill()
  process.kill(pid, "SIGKILL")
  assert.isTrue(isUp(directory))
  await use(directory)
  assert.isFalse(isUp(directory))
})

it("is started again by its users when the server is killed", async () => {
  const directory = join(base, "server-crash")
  const user = await client(directory)
  const pid = await serverPid(directory)
  process.kill(pid, "SIGKILL")
  while (!isUp(directory) || (await serverPid(directory)) === pid) await sleep(50)
  await use(directory)
  user.process.stdin?.end()
  assert.strictEqual(await user.line(), "still open")
  await once(user.process, "exit")
  assert.isFalse(isUp(directory))
})

it("serves processes that come and go together from one server each time", async () => {
  const directory = join(base, "crowd")
  const clients = await Promise.all(Array.from({ length: 4 }, () => client(directory)))
  await clients[0]?.kill()
  await Promise.all(clients.slice(1).map((one) => one.leave()))
  assert.isFalse(isUp(directory))
})

it("lets other users of the machine neither list its folder nor read anything in it", async () => {
  const directory = join(base, "present")
  await mkdir(directory, { mode: 0o755 })
  await use(directory)
  // Under root the server has another account, which must be able to enter.
  const entering = process.getuid?.() === 0 ? 0o011 : 0
  assert.strictEqual((await stat(directory)).mode & 0o077, entering)
  assert.strictEqual((await stat(join(directory, "data"))).mode & 0o077, 0)
})

it("keeps its password readable by its owner only", async () => {
  const directory = join(base, "shared")
  assert.strictEqual((await stat(join(directory, "server.json"))).mode & 0o777, 0o600)
  assert.strictEqual((await stat(join(directory, "postgres.log"))).mode & 0o777, 0o600)
})

it("reports a folder that cannot be used in one line", async () => {
  const file = fileURLToPath(import.meta.url)
  const error = await Effect.runPromise(
    Effect.flip(Effect.scoped(Layer.build(embeddedPlugin.layer(`embedded:${file}`))))
  )
  assert.strictEqual(error._tag, "IndexUnavailable")
  assert.notInclude(error.message, "\n")
  const refused = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(embeddedPlugin.layer("embedded:")))))
  assert.strictEqual(refused._tag, "ConfigurationRefused")
})
