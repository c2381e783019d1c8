/**
 * JSON and msgpack of few bytes that would take much time or memory: bounded before values are made of them, so that
 * the hub serves others meanwhile.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { longestTurn } from "../../support/longestTurn.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"
import { commitTo, growing } from "../muse/history.ts"
import { bundleFor, pushBody } from "../muse/LocalRepository.ts"
import { call, type Target } from "../muse/MuseClient.ts"
import { toMsgpack } from "../muse/Value.ts"

const MiB = 1024 * 1024
const json = { contentType: "application/json" }
/** A turn takes some 10 ms where the machine is free; the attacks took seconds. */
const turnMillisMax = 300

/** A JSON text of nearly so many bytes: the item again and again, in a list. */
const listOf = (bytes: number, item: (at: number) => string): Buffer => {
  const items: Array<string> = []
  for (let size = 2; size < bytes; size += (items.at(-1)?.length ?? 0) + 1) items.push(item(items.length))
  return Buffer.from(`[${items.slice(0, -1).join(",")}]`)
}

const full = 4 * MiB - 100
const id = (at: number) => `"${at.toString(16).padStart(64, "0")}"`
const nineteen = "1234567890123456789"

interface Attack {
  readonly name: string
  readonly body: () => Uint8Array
  readonly status: number
  readonly sentence: RegExp
}

const attacks: ReadonlyArray<Attack> = [
  {
    name: "60 MB of [",
    body: () => new Uint8Array(60 * MiB).fill(0x5b),
    status: 413,
    sentence: /larger than the 4194304 bytes/
  },
  {
    name: "16 MB with one integer of 19 digits",
    body: () => Buffer.concat([Buffer.from(`[${nineteen},`), listOf(16 * MiB, () => "1").subarray(1)]),
    status: 413,
    sentence: /larger than the 4194304 bytes/
  },
  {
    name: "16 MB of digits",
    body: () => new Uint8Array(16 * MiB).fill(0x31),
    status: 413,
    sentence: /larger than the 4194304 bytes/
  },
  { name: "[ up to the limit", body: () => new Uint8Array(full).fill(0x5b), status: 400, sentence: /deeper than 128/ },
  {
    name: "digits up to the limit",
    body: () => new Uint8Array(full).fill(0x31),
    status: 400,
    sentence: /longer than 64 bytes/
  },
  {
    name: "small values up to the limit, with one integer of 19 digits",
    body: () => Buffer.from(`{"x":[${nineteen},${"1,".repeat(full / 2 - 20)}1]}`),
    status: 413,
    sentence: /more than 250000 values/
  },
  {
    name: "lists up to the limit",
    body: () => Buffer.from(`{"x":[${"[],".repeat(full / 3 - 20)}1]}`),
    status: 413,
    sentence: /more than 250000 values/
  },
  {
    name: "as many names as are allowed, with an integer of 19 digits",
    body: () =>
      Buffer.from(`{"x":{"n":${nineteen},${Array.from({ length: 240_000 }, (_, at) => `"k${at}":1`).join(",")}}}`),
    status: 404,
    sentence: /./
  },
  {
    name: "as many ids as are allowed",
    body: () => Buffer.from(`{"want":[${id(0)}],"have":${listOf(full - 100, id).toString("latin1")}}`),
    status: 404,
    sentence: /./
  },
  {
    name: "one string up to the limit, escaped",
    body: () => Buffer.from(`{"x":"${"\\u00e9".repeat(full / 6 - 20)}"}`),
    status: 404,
    sentence: /./
  }
]

describeOnMemoryStage("JSON that a stranger sends to a public repository", (it) => {
  for (const { body, name, sentence, status } of attacks) {
    it.effect(`does not hold the event loop: ${name}`, () =>
      Effect.gen(function* () {
        const target = { ...(yield* (yield* Stage).repository({ visibility: "public" })), token: undefined }
        const sent = body()
        const { longest, result: answer } = yield* longestTurn(call(target, "POST", "fetch", sent, json))
        if (status === 404) assert.include([200, 404], answer.status)
        else assertProblem(answer, status, sentence)
        assert.isBelow(longest, turnMillisMax)
      })
    )
  }
})

describeOnMemoryStage("a body in JSON", (it) => {
  it.effect("of the REST API has bounds too, which are checked before it is parsed", () =>
    Effect.gen(function* () {
      const { repository, ...hub } = yield* (yield* Stage).repository()
      const target: Target = { ...hub, repository: `api/v1/repos/${repository}` }
      const large = 2 * MiB - 100
      for (const [path, body, status, sentence] of [
        ["releases", `{"x":[${nineteen},${"1,".repeat(large / 2 - 20)}1]}`, 413, /more than 50000 values/],
        ["releases", "[".repeat(large), 400, /deeper than 128/],
        ["releases", "1".repeat(large), 400, /longer than 64 bytes/],
        ["branches", `{"name":${"1".repeat(21)}}`, 400, /more than 20 digits/],
        ["commits", `[${"1,".repeat(4 * MiB)}1]`, 413, /more than 50000 values/]
      ] as const) {
        const { longest, result: answer } = yield* longestTurn(call(target, "POST", path, Buffer.from(body), json))
        assertProblem(answer, status, sentence, path)
        assert.isBelow(longest, turnMillisMax, path)
      }
    })
  )

  it.effect("of the interface for agents has bounds too", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* Stage
      const target = { url: hub.url, repository: "api/v1/repos/00000000-0000-4000-8000-000000000000", token: ada }
      const { repository } = yield* (yield* Stage).repository()
      const record = yield* call({ ...target, repository: "api/v1/repos" }, "GET", repository)
      const { repoId } = JSON.parse(new TextDecoder().decode(record.body)) as { readonly repoId: string }
      const body = Buffer.from(`{"branch":"main","x":[${nineteen},${"1,".repeat(4 * MiB)}1]}`)
      for (const path of ["push", "pull"]) {
        const { longest, result: answer } = yield* longestTurn(
          call({ ...target, repository: `api/v1/repos/${repoId}` }, "POST", path, body, json)
        )
        assertProblem(answer, 413, /more than 250000 values/, path)
        assert.isBelow(longest, turnMillisMax, path)
      }
    })
  )
})

describeOnMemoryStage("a commit of very many values", (it) => {
  it.effect("is refused at the header that promises them", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const tip = commitTo(local, "main", { "a.txt": "text" })
      const values = Array.from({ length: 260_000 }, () => 1)
      local.commits.set(tip, new Map([...(local.commits.get(tip) ?? []), ["structured_delta", values]]))
      const body = toMsgpack(pushBody(local, bundleFor(local, tip, []), "main"))
      const { longest, result: answer } = yield* longestTurn(call(target, "POST", "push", body))
      assertProblem(answer, 413, /a value holds too many values/)
      assert.isBelow(longest, turnMillisMax)
    })
  )
})
