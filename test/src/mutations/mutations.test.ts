/**
 * A hub under mutated requests to every endpoint of the wire and of the REST API: no answer is a 5xx, none is missing,
 * and memory stays flat. `MUSEHUB_MUTATIONS` sets their number, `MUSEHUB_MUTATIONS_SEED` the seed. A failure prints the
 * seed and the request as a command line or as hex.
 */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { Effect, Layer } from "effect"
import { Agent } from "node:http"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { blobId, commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository, postJson, refs } from "../e2e/muse/MuseClient.ts"
import { seeded } from "../support/seeded.ts"
import { mutated } from "./mutate.ts"
import { curlOf, urlOf } from "./Request.ts"
import { type Known, mpackPush, restSeeds, wireSeeds } from "./seeds.ts"
import { isSendable, type Outcome, rawBytes, send, sendRaw } from "./send.ts"

const count = Number(process.env["MUSEHUB_MUTATIONS"] ?? 20_000)
const seed = Number(process.env["MUSEHUB_MUTATIONS_SEED"] ?? 1)

/** Mutated requests spoil their repository, so each round has another. */
const roundSize = 500
const atOnce = 8
/** How many of the requests are changed as bytes. */
const rawShare = 0.03
/** What the answers of the second half of the requests may add to the process, which is the client as well. */
const growthBytesMax = 256 * 1024 * 1024

const files = { one: "one\n", "folder/two": "two\n" }

describe(`${count} mutated requests`, () => {
  it.live(
    "end in no 5xx, each is answered, and memory stays flat",
    () =>
      Effect.gen(function* () {
        const hub = yield* startHub(
          yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
        )
        const origin = new URL(hub.url)
        const rest = restSeeds(yield* Effect.promise(async () => (await fetch(`${hub.url}/openapi.json`)).json()))
        assert.isAbove(rest.count, 50)

        const round = Effect.fnUntraced(function* (number: number) {
          const token = yield* tokenFor(hub, "ada")
          const slug = `mutated-${number}`
          const target = yield* createRepository(hub.url, token, `ada/${slug}`)
          const local = growing()
          const commit = commitTo(local, "main", files)
          local.heads.set("side", commit)
          commitTo(local, "side", { ...files, three: "three\n" })
          yield* pushAll(target, local)
          const proposal = { title: "Three", fromBranch: "side", toBranch: "main" }
          yield* postJson(
            { ...target, repository: `api/v1/repos/ada/${slug}` },
            "proposals",
            new Map(Object.entries(proposal))
          )
          const { id } = yield* refs(target)
          const known: Known = { owner: "ada", slug, repositoryId: id, commit, blob: blobId(files.one), token }
          return { known, wire: wireSeeds(known, yield* mpackPush(id)) }
        })
        type Round = Effect.Success<ReturnType<typeof round>>

        const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
        const statuses = new Map<number, number>()

        const judge = ({ body, status }: Outcome, shown: () => string): void => {
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          if (status >= 500) throw new Error(`${status} ${body.subarray(0, 500).toString("utf8")}\n${shown()}`)
        }
        const one = async ({ known, wire }: Round, number: number): Promise<void> => {
          const random = seeded(seed * 1_000_003 + number)
          const request = mutated(
            random.chance(0.4) ? random.pick(random.pick(wire)) : rest.make(known, random),
            random
          )
          const where = `seed ${seed}, request ${number} (MUSEHUB_MUTATIONS_SEED=${seed})`
          if (random.chance(rawShare) || !isSendable(request, urlOf(request))) {
            const bytes = rawBytes(origin, request, random)
            const shown = () => `${where}, as bytes: ${bytes.toString("hex")}`
            return sendRaw(origin, bytes).then((outcome) => judge(outcome, shown))
          }
          const shown = () => `${where}: ${curlOf(hub.url, request)}`
          return send(origin, agent, request).then(
            (outcome) => judge(outcome, shown),
            (cause: unknown) => {
              throw new Error(`${String(cause)}\n${shown()}`)
            }
          )
        }

        let warm = 0
        let peak = 0
        for (let done = 0; done < count; done += roundSize) {
          const current = yield* round(done / roundSize)
          const numbers = Array.from({ length: Math.min(roundSize, count - done) }, (_, index) => done + index)
          yield* Effect.forEach(numbers, (number) => Effect.promise(() => one(current, number)), {
            concurrency: atOnce,
            discard: true
          })
          const { rss } = process.memoryUsage()
          if (done + roundSize <= count / 2) warm = Math.max(warm, rss)
          else peak = Math.max(peak, rss)
        }
        const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
        const figures = [...statuses].toSorted(([a], [b]) => a - b).map(([status, number]) => `${status}: ${number}`)
        process.stdout.write(
          `${count} mutated requests, seed ${seed}: ${figures.join(", ")}; ` +
            `memory ${mebibytes(warm)} MiB after half of them, at most ${mebibytes(peak)} MiB later\n`
        )
        // Requests that all fail at the door would show nothing.
        assert.isAbove(statuses.get(200) ?? 0, count / 50)
        if (warm > 0) assert.isAtMost(peak - warm, growthBytesMax)
      }),
    Math.max(120_000, count * 20)
  )
})
