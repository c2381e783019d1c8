/**
 * Callers that mean harm, each kind alone and all of them together, against a hub with a heap of 1 GB in a process of
 * its own: `/health` is answered, memory is bounded, and honest pushes and clones go on.
 */
import { assert, describe, it } from "@effect/vitest"
import { encode, type Encodable } from "@musehub/msgpack/Encoder"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { launch } from "../../cli/program.ts"
import { delayedMillis } from "./fixtures/delayedMillis.ts"
import { serving } from "../hub/serving.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { commitTo, copyOf, type Growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { createRepository, ok, postJson, type Target } from "../muse/MuseClient.ts"

import type { Attack, Statuses } from "./fixtures/attacker.ts"

/** What the bounds of the hub allow. */
const memoryMebibytesMax = 500
/** How long `/health` may take while the hub has a processor. */
const healthMillisMax = 200
/** Answers that may take longer, where other processes keep the threads that the hub waits for from running. */
const [lateShareMax, lateMillisMax] = [0.2, 1500]
/**
 * How many times its time an honest push and clone may take, and what the machine may add. On a busy machine everything
 * takes longer: half the time of the attack is enough then.
 */
const honestTimesMax = 3
const honestSecondsMore = 2
const honestShareMax = 0.5

const commits = 2000
const honestCommits = 2000
const lines = 400_000
const [negotiated, fetched] = [20_000, 100_000]

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-attacks-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

const attacker = Effect.acquireRelease(
  Effect.sync(() => new Worker(fixture("attacker"))),
  (worker) => Effect.promise(() => worker.terminate())
)

interface Stage {
  readonly url: string
  readonly token: string
  /** The process of the hub. */
  readonly pid: number
  readonly directory: string
  readonly attacker: Worker
  /** Readable by everybody: a long history, and a proposal of long texts. */
  readonly long: Target
  readonly head: string
  readonly texts: Target
}

const unknownIds = (count: number) => Array.from({ length: count }, (_, index) => index.toString(16).padStart(64, "0"))

/** The attacks by name; none needs a token but the one of tags. */
const attacksOn = ({ head, long, texts, token, url }: Stage): Readonly<Record<string, ReadonlyArray<Attack>>> => {
  const wire = (times: number, path: string, value: Encodable, headers: Attack["headers"] = {}): Attack => ({
    times,
    method: "POST",
    url: `${url}/${long.repository}/${path}`,
    headers: { "content-type": "application/x-msgpack", ...headers },
    body: encode(value)
  })
  const text = (body: string): Attack => ({
    ...wire(1, "fetch", null, { "content-type": "application/json" }),
    body: Buffer.from(body)
  })
  const read = (times: number, { repository }: Target, path: string): Attack => ({
    times,
    method: "GET",
    url: `${url}/api/v1/repos/${repository}/${path}`,
    headers: {},
    body: null
  })
  const tags = Array.from({ length: 1000 }, (_, index) => ({
    tag_id: randomUUID(),
    repo_id: "",
    commit_id: head,
    tag: `${index}`.padEnd(500, "x"),
    created_at: ""
  }))
  return {
    "60 MB of brackets": [text("[".repeat(60_000_000))],
    "16 MB with a long number": [text(`[1234567890123456789${",0".repeat(8_000_000)}]`)],
    "16 MB of digits": [text("9".repeat(16_000_000))],
    "50 negotiations": [wire(50, "negotiate", { want: [head], have: [] })],
    "many ids": [
      wire(8, "negotiate", { want: [head], have: unknownIds(negotiated) }),
      wire(1, "fetch", { want: [head], have: unknownIds(fetched) }),
      wire(8, "negotiate", { want: [head], have: unknownIds(1_000_000) })
    ],
    "fetches of all": [wire(12, "fetch", { want: [head], have: [] })],
    "merge previews": [read(5, texts, "proposals/1/merge-preview")],
    "long tags": [wire(2, "tags", { tags }, { authorization: `Bearer ${token}` })],
    "reflogs of no branch": [read(20, long, "branches/none/reflog")],
    "bodies that are not sent": [
      { ...wire(10, "push", null, { expect: "100-continue", "content-length": "1000000" }), body: null }
    ]
  }
}

const textOf = (changedEvery: number, offset: number) =>
  Array.from({ length: lines }, (_, line) =>
    line % changedEvery === offset ? `changed ${line} ${offset}` : `line ${line}`
  ).join("\n")

/** A line of commits. */
const lineOf = (count: number): Growing => {
  const history = copyOf(goldenRepository("linear"))
  for (let made = 0; made < count; made++) {
    const parents = [history.heads.get("main") ?? ""]
    commitTo(history, "main", { "a.txt": `${made}` }, { parents })
  }
  return history
}

const makeStage = Effect.gen(function* () {
  const directory = yield* folder
  const { hub, token, url } = yield* serving({
    directory,
    // The second as the units for systemd and containers set it.
    env: { NODE_OPTIONS: "--max-old-space-size=1024 --max-semi-space-size=8" }
  })
  const long = yield* createRepository(url, token, "ada/long")
  const history = lineOf(commits)
  const head = history.heads.get("main") ?? ""
  yield* pushAll(long, history)
  const texts = yield* createRepository(url, token, "ada/texts")
  const rest: Target = { url, repository: `api/v1/repos/${texts.repository}`, token }
  const commit = (branch: string, content: string, from?: string) => {
    const changes = [
      new Map(Object.entries({ op: "put", path: "long.txt", contentBase64: Buffer.from(content).toString("base64") }))
    ]
    return ok(postJson(rest, "commits", { branch, message: branch, changes, ...(from === undefined ? {} : { from }) }))
  }
  yield* commit("main", textOf(lines, 0))
  yield* commit("theirs", textOf(7, 3), "main")
  yield* commit("main", textOf(11, 5))
  yield* ok(postJson(rest, "proposals", { title: "Long texts", fromBranch: "theirs", toBranch: "main" }))
  const stage: Stage = { url, token, pid: hub.pid, directory, attacker: yield* attacker, long, head, texts }
  return stage
})

const seconds = (since: number) => (performance.now() - since) / 1000

/** Pushes a history to a repository of its own and clones it; returns the seconds in which the hub had a processor. */
const honest = ({ pid, token, url }: Stage) =>
  Effect.gen(function* () {
    const local = lineOf(honestCommits)
    const target = yield* createRepository(url, token, `ada/honest-${randomUUID().slice(0, 8)}`)
    const [since, delayed] = [performance.now(), delayedMillis(pid)]
    yield* pushAll(target, local)
    yield* assertCloneIs(target, local)
    return seconds(since) - (delayedMillis(pid) - delayed) / 1000
  })

const peakMebibytes = (pid: number) =>
  Effect.promise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  })

/** An answer of `/health`. */
interface Asked {
  readonly millis: number
  /** How long the hub was ready to run meanwhile and got no processor. */
  readonly delayedMillis: number
}

/** Attacks beside honest work and questions for `/health`. Ends with the attack. */
const under = Effect.fnUntraced(function* (stage: Stage, attacks: ReadonlyArray<Attack>) {
  const { attacker, directory, pid, url } = stage
  const asker = launch(process.execPath, [fixture("askHealth"), url, `${pid}`], { directory })
  yield* Effect.promise(() => asker.firstLine)
  const since = performance.now()
  const attacked = once(attacker, "message")
  attacker.postMessage(attacks)
  const honestSeconds = yield* honest(stage)
  const [statuses] = (yield* Effect.promise(() => attacked)) as [Statuses]
  const attackSeconds = seconds(since)
  asker.signal("SIGTERM")
  const { stderr, stdout } = yield* Effect.promise(() => asker.ended)
  assert.strictEqual(stderr, "")
  const health = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Asked]))
  const waits = health.map(({ delayedMillis, millis }) => millis - delayedMillis)
  return { honestSeconds, seconds: attackSeconds, statuses, waits }
})

describe("callers that mean harm, alone and together", () => {
  it.live(
    "leave /health, memory, and honest pushes and clones as they are",
    () =>
      Effect.gen(function* () {
        const stage = yield* makeStage
        yield* honest(stage)
        const calm = yield* honest(stage)
        const attacks = attacksOn(stage)
        const problems: Array<string> = []
        for (const [name, requests] of Object.entries({ ...attacks, "all together": Object.values(attacks).flat() })) {
          const { honestSeconds, seconds, statuses, waits } = yield* under(stage, requests)
          const peak = yield* peakMebibytes(stage.pid)
          const late = waits.filter((millis) => millis > healthMillisMax).length
          const figures =
            `${name}: ${JSON.stringify(statuses)} in ${seconds.toFixed(1)} s, ${late} of ${waits.length} answers of ` +
            `/health late, the last by ${Math.round(Math.max(...waits))} ms; honest work ` +
            `${honestSeconds.toFixed(1)} s instead of ${calm.toFixed(1)}; memory ${Math.round(peak)} MiB`
          process.stdout.write(`${figures}\n`)
          const isBounded =
            late <= Math.max(1, waits.length * lateShareMax) &&
            Math.max(...waits) < lateMillisMax &&
            honestSeconds < Math.max(calm * honestTimesMax + honestSecondsMore, seconds * honestShareMax) &&
            peak < memoryMebibytesMax
          if (!isBounded) problems.push(figures)
        }
        assert.deepStrictEqual(problems, [])
      }).pipe(Effect.scoped),
    // Only what hangs takes as long: it is a minute on an idle machine.
    600_000
  )
})
