/**
 * Bodies that are made to cost much, each kind alone and all of them together, against a hub with a heap of 1 GB in a
 * process of its own: `/health` is answered, memory is bounded, and honest pushes and clones go on.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { launch, type Running } from "../../cli/program.ts"
import { serving } from "../hub/serving.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { copyOf } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, type Target } from "../muse/MuseClient.ts"

/** What the bounds of the hub allow. */
const memoryMebibytesMax = 500
/** How long `/health` may take beyond what another busy process takes beside it. */
const healthMillisMax = 200
/** Answers that may take longer than that where other processes want both cores, and how long they may take. */
const lateShareMax = 0.05
const lateMillisMax = 1500
/** How many times its time an honest push and clone may take, and what the machine may add. */
const honestTimesMax = 3
const honestSecondsMore = 2

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-attacks-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

const fixture = (name: string, args: ReadonlyArray<string>, directory: string): Effect.Effect<Running, never, never> =>
  Effect.sync(() => {
    const program = fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
    return launch(process.execPath, [program, ...args], { directory })
  })

interface Asked {
  readonly at: number
  readonly hubMillis: number
  readonly busyMillis: number
}

/** Returns how much longer an answer took than the other server's at about the same time. */
const waited = (all: ReadonlyArray<Asked>, { at, hubMillis }: Asked): number =>
  hubMillis -
  Math.max(
    ...all
      .filter((other) => other.at <= at + hubMillis && other.at + other.busyMillis >= at)
      .map((other) => other.busyMillis)
  )

/** Says that an attack was answered, refused or broken off: what it gets is shown by tests of its own. */
const whatever = (request: Effect.Effect<unknown>) => Effect.exit(request)

const repeated = (times: number, request: Effect.Effect<unknown>) =>
  Effect.forEach(Array.from({ length: times }), () => whatever(request), { concurrency: "unbounded", discard: true })

const json = { contentType: "application/json", accept: "application/json" }

/** A connection that sends headers with `Expect` and no body. */
const expectingForEver = (url: string) =>
  Effect.callback<void>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST /ada/open/push HTTP/1.1\r\nhost: ${hostname}\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n`
      )
    })
    const end = () => resume(Effect.void)
    socket.setTimeout(5000, () => socket.destroy())
    socket.resume().once("error", end).once("close", end)
    return Effect.sync(() => void socket.destroy())
  })

interface Stage {
  readonly url: string
  readonly token: string
  /** Readable by everybody. */
  readonly open: Target
}

/** The attacks by name. None needs a token. */
const attacksOn = ({ open, url }: Stage): Readonly<Record<string, Effect.Effect<unknown>>> => {
  const anonymous: Target = { url, repository: open.repository }
  const body = (text: string) => whatever(call(anonymous, "POST", "fetch", Buffer.from(text), json))
  return {
    "60 MB of brackets": body("[".repeat(60_000_000)),
    "16 MB with a long number": body(`[1234567890123456789${",0".repeat(8_000_000)}]`),
    "16 MB of digits": body("9".repeat(16_000_000)),
    "bodies that are not sent": repeated(10, expectingForEver(url))
  }
}

const makeStage = Effect.fnUntraced(function* (url: string, token: string) {
  const open = yield* createRepository(url, token, "ada/open")
  yield* pushAll(open, goldenRepository("linear"))
  const stage: Stage = { url, token, open }
  return stage
})

const seconds = (since: number) => (performance.now() - since) / 1000

/** Pushes a history to a repository of its own and clones it; returns the seconds. */
const honest = ({ token, url }: Stage) =>
  Effect.gen(function* () {
    const local = copyOf(goldenRepository("merges"))
    const target = yield* createRepository(url, token, `ada/honest-${randomUUID().slice(0, 8)}`)
    const since = performance.now()
    yield* pushAll(target, local)
    yield* assertCloneIs(target, local)
    return seconds(since)
  })

const peakMebibytes = (pid: number) =>
  Effect.promise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  })

/** Runs an attack beside honest work and questions for `/health`. Ends with the attack. */
const under = Effect.fnUntraced(function* (
  stage: Stage,
  busy: string,
  directory: string,
  attack: Effect.Effect<unknown>
) {
  const asker = yield* fixture("askHealth", [stage.url, busy], directory)
  yield* Effect.promise(() => asker.firstLine)
  const since = performance.now()
  const attacking = yield* Effect.forkChild(attack)
  const took = yield* honest(stage)
  yield* Fiber.await(attacking)
  const attackSeconds = seconds(since)
  asker.signal("SIGTERM")
  const { stderr, stdout } = yield* Effect.promise(() => asker.ended)
  assert.strictEqual(stderr, "")
  const asked = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Asked]))
  return { took, seconds: attackSeconds, waits: asked.map((one) => waited(asked, one)) }
})

describe("bodies that are made to cost much, alone and together", () => {
  it.live(
    "leave /health, memory, and honest pushes and clones as they are",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const { hub, token, url } = yield* serving({ directory, env: { NODE_OPTIONS: "--max-old-space-size=1024" } })
        const busyServer = yield* Effect.acquireRelease(fixture("busyServer", [], directory), ({ ended, signal }) => {
          signal("SIGKILL")
          return Effect.promise(() => ended)
        })
        const busy = yield* Effect.promise(() => busyServer.firstLine)
        const stage = yield* makeStage(url, token)
        yield* honest(stage)
        const calm = yield* honest(stage)
        const attacks = attacksOn(stage)
        const together = Effect.all(Object.values(attacks), { concurrency: "unbounded", discard: true })
        const problems: Array<string> = []
        for (const [name, attack] of Object.entries({ ...attacks, "all together": together })) {
          const { seconds, took, waits } = yield* under(stage, busy, directory, attack)
          const peak = yield* peakMebibytes(hub.pid)
          const late = waits.filter((millis) => millis > healthMillisMax).length
          const worst = Math.max(...waits)
          const figures =
            `${name}: ${seconds.toFixed(1)} s, ${late} of ${waits.length} answers of /health late, the last by ` +
            `${Math.round(worst)} ms; honest work ${took.toFixed(1)} s instead of ${calm.toFixed(1)}; ` +
            `memory ${Math.round(peak)} MiB`
          process.stdout.write(`${figures}\n`)
          const isBounded =
            late <= Math.max(1, waits.length * lateShareMax) &&
            worst < lateMillisMax &&
            took < calm * honestTimesMax + honestSecondsMore &&
            peak < memoryMebibytesMax
          if (!isBounded) problems.push(figures)
        }
        assert.deepStrictEqual(problems, [])
      }).pipe(Effect.scoped),
    90_000
  )
})
