/** An index that is set up again while requests wait for its connections: each of them is answered all the same. */
import { assert, it } from "@effect/vitest"
import { layer as lateIndex } from "@musehub/adapter-guard/lateIndex"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { Emptied } from "@musehub/domain/port/UnavailableReason"
import { Context, Duration, Effect, Fiber, Layer, Pool, type Scope } from "effect"
import { type Backend, describeInMemory, freshStorage } from "../hub/backends.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import type { Answer } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { interposedIndex } from "../hub/interposedIndex.ts"
import { blobId, commitTo, copyOf } from "../muse/history.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { bundleFor, pushAll, pushBody } from "../muse/LocalRepository.ts"
import { call, createRepository, post } from "../muse/MuseClient.ts"

/** Long enough that no deadline ends a call of the test. */
const deadlines = {
  silenceMax: Duration.minutes(1),
  briefMax: Duration.minutes(1),
  callMax: Duration.minutes(1)
}

const emptied = new IndexUnavailable({ operation: "users", reason: new Emptied({ cause: new Error("no such table") }) })

/** An index whose calls need a connection of a pool, as those of Postgres do, and that can be emptied. */
const pooledIndex = Effect.fnUntraced(function* (backend: Backend) {
  const behind = wholeIndexOf(yield* freshStorage(backend))
  let pool: Pool.Pool<undefined> | undefined
  let waiting = 0
  let isEmptied = false
  /** The calls that need no connection. */
  let passes = (_operation: string) => true
  const opening: Layer.Layer<Index> = Layer.effectContext(
    Effect.gen(function* () {
      const connections = yield* Pool.make({ acquire: Effect.succeed(undefined), size: 1 })
      pool = connections
      isEmptied = false
      return portsOf(
        interposedIndex(behind, <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) =>
          Effect.suspend((): Effect.Effect<A, E | IndexUnavailable, R> => {
            if (operation === "users" && isEmptied) return Effect.fail(emptied)
            if (passes(operation)) return effect
            waiting += 1
            return Effect.ensuring(
              Pool.use(connections, () => effect),
              Effect.sync(() => void (waiting -= 1))
            )
          })
        )
      )
    })
  )
  const index = yield* Layer.build(lateIndex(opening, deadlines))
  return {
    index,
    waiting: () => waiting,
    /** Takes the one connection until the scope closes, and lets the calls go on that do not need it. */
    occupy: (pass: (operation: string) => boolean): Effect.Effect<void, never, Scope.Scope> =>
      Effect.suspend(() => {
        passes = pass
        return pool === undefined ? Effect.void : Effect.asVoid(Pool.get(pool))
      }),
    /** Lets a call find the index emptied, which replaces it. */
    empty: Effect.suspend(() => {
      isEmptied = true
      return Effect.exit(Context.get(index, PeopleIndex).users({ limit: 1 }))
    })
  }
})

const opening: ReadonlySet<string> = new Set(["tokenByHash", "repositoryByName"])
const rounds: ReadonlyArray<readonly [name: string, passes: (operation: string) => boolean]> = [
  ["that waited with their first call", () => false],
  ["that waited after they had opened the repository", (operation) => opening.has(operation)]
]

/** A request is done, or says why not and when to send it again. */
const assertAnswered = (answer: Answer, request: string) => {
  if (answer.status < 300) return
  assertProblem(answer, 503, /^the index does not answer as it should/, request)
  assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, request)
}

describeInMemory("an index that is set up again", (backend) => {
  for (const [name, passes] of rounds) {
    it.live(`answers the requests ${name}`, () =>
      Effect.gen(function* () {
        const late = yield* pooledIndex(backend)
        const { objectStore } = backend
        const hub = yield* startHub(Context.merge(yield* Layer.build(Layer.fresh(objectStore)), late.index))
        const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
        const local = copyOf(goldenRepository("merges"))
        yield* pushAll(target, local)
        const heads = [...local.heads.values()]
        const tip = commitTo(local, "main", { "later.txt": "while the index is set up again" })
        const bytes = Buffer.from("a blob that no hub has")
        const api = { ...target, repository: "api/v1" }
        const json = { accept: "application/json", contentType: "application/json" }
        const send = (method: string, path: string, value: unknown) =>
          call(api, method, path, new TextEncoder().encode(JSON.stringify(value)), json)
        const requests: Record<string, Effect.Effect<Answer>> = {
          refs: call(target, "GET", "refs"),
          fetch: post(target, "fetch", { want: heads, have: [] }),
          negotiate: post(target, "negotiate", { want: heads, have: [] }),
          "filter-objects": post(target, "filter-objects", { object_ids: [blobId(bytes)] }),
          "push/objects": post(target, "push/objects", { objects: [{ object_id: blobId(bytes), content: bytes }] }),
          push: post(target, "push", pushBody(local, bundleFor(local, tip, heads), "main")),
          repository: call(api, "GET", "repos/ada/songs"),
          repositories: call(api, "GET", "repos"),
          commits: call(api, "GET", "repos/ada/songs/commits"),
          settings: send("PATCH", "repos/ada/songs", { description: "Songs" }),
          branch: send("POST", "repos/ada/songs/branches", { name: "verse", from: "main" }),
          "a new repository": send("POST", "repos", { owner: "ada", name: "tunes", domain: "code" })
        }
        yield* late.occupy(passes)
        const asked = yield* Effect.forkChild(Effect.all(requests, { concurrency: "unbounded" }))
        while (late.waiting() < 6) yield* Effect.sleep(5)
        yield* Effect.sleep(200)
        assert.isAtLeast(late.waiting(), 6)
        yield* late.empty
        const answers = yield* Effect.timeout(Fiber.join(asked), "20 seconds")
        for (const [request, answer] of Object.entries(answers)) assertAnswered(answer, request)
        const statuses = Object.values(answers).map(({ status }) => status)
        assert.include(statuses, 503, "some need the index")
      })
    )
  }
})
