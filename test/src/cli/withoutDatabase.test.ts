/** A hub that starts while its database is down or stands still, as a process of its own. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assertCloneIs } from "../e2e/muse/assertContent.ts"
import { goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { commitTo, copyOf } from "../e2e/muse/history.ts"
import { pushAll, pushBranch } from "../e2e/muse/LocalRepository.ts"
import { call, createRepository, ok, post, type Target } from "../e2e/muse/MuseClient.ts"
import { listOf } from "../e2e/muse/Value.ts"
import { freshDatabase } from "../services/PostgresServer.ts"
import { freezableProxy } from "../services/FreezableProxy.ts"
import { acquirePostgres } from "../services/services.ts"
import { serving } from "../e2e/hub/serving.ts"

const postgresUrl = await acquirePostgres()

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-without-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

const freePort = Effect.promise(
  () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        server.close(() => resolve(port))
      })
    })
)

/** Serves the folder's objects over an index. */
const serve = (directory: string, index: string) =>
  serving({ directory, env: { MUSEHUB_OBJECT_STORE: "file:objects", MUSEHUB_INDEX: index } })

/** Waits until an effect gives true. */
const eventually = Effect.fnUntraced(function* (check: Effect.Effect<boolean>, millisMax: number, message: string) {
  const since = performance.now()
  while (!(yield* check)) {
    assert.isBelow(performance.now() - since, millisMax, message)
    yield* Effect.sleep(100)
  }
})

/** Makes a repository with a hub that has an index. */
const prepared = Effect.fnUntraced(function* (directory: string) {
  const { token, url } = yield* serve(directory, "memory:")
  const target = yield* createRepository(url, token, "ada/songs")
  const local = copyOf(goldenRepository("linear"))
  yield* pushAll(target, local)
  return { local, target, token }
}, Effect.scoped)

/** Asserts what a hub without its index does, lets the database come, and asserts that pushes land. */
const assertTakesIn = Effect.fnUntraced(function* (
  { local, target }: Effect.Success<ReturnType<typeof prepared>>,
  url: string,
  comes: Effect.Effect<unknown>
) {
  const there: Target = { ...target, url }
  yield* assertCloneIs(there, local)
  assert.strictEqual((yield* call(there, "GET", "refs")).status, 200)
  const refused = yield* post(there, "filter-objects", { object_ids: [] })
  assert.strictEqual(refused.status, 503)
  assert.match(refused.headers["retry-after"] ?? "", /^[1-9]\d*$/)
  yield* comes
  const isOpen = Effect.map(post(there, "filter-objects", { object_ids: [] }), ({ status }) => status === 200)
  yield* eventually(isOpen, 20_000, "the index is not taken in")
  const grown = copyOf(local)
  commitTo(grown, "main", { "later.txt": "the database is back" })
  assert.strictEqual((yield* pushBranch(there, grown, "main")).answer.status, 200)
  yield* assertCloneIs(there, grown)
})

const timeout = 60_000

describe("a hub that starts without its database", () => {
  it.live(
    "says so, serves from the store, creates the first user, and takes the database in when it comes",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const database = yield* freshDatabase(postgresUrl)
        const port = yield* freePort
        const index = new URL(database)
        index.host = `127.0.0.1:${port}`
        const { hub, token, url } = yield* serve(directory, index.toString())
        yield* Effect.promise(() => hub.says("serving from the object store until the index opens"))
        yield* Effect.promise(() => hub.says("ECONNREFUSED"))
        assert.match(token, /^muse_/)
        assert.strictEqual((yield* call({ url, repository: "api/v1", token }, "GET", "user")).status, 200)
        const api = { url, repository: "api/v1", token }
        const listed = yield* ok(call(api, "GET", "repos", undefined, { accept: "application/json" }))
        assert.deepStrictEqual([...listOf(listed, "items")], [])
        yield* freezableProxy(database, port)
        const isThere = Effect.map(call(api, "GET", "user/tokens"), ({ status }) => status === 200)
        yield* eventually(isThere, 20_000, "the index is not taken in")
        const target = yield* createRepository(url, token, "ada/first")
        yield* pushAll(target, goldenRepository("linear"))
        yield* assertCloneIs(target, goldenRepository("linear"))
        const tokens = call({ url, repository: "api/v1", token }, "GET", "user/tokens")
        const isListed = Effect.map(tokens, ({ body }) => new TextDecoder().decode(body).includes('"scope":"admin"'))
        yield* eventually(isListed, 20_000, "the index is not told of the token in use")
      }).pipe(Effect.scoped),
    timeout
  )

  it.live(
    "serves clones of earlier repositories, refuses pushes until then, and forgets nothing",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const before = yield* prepared(directory)
        const database = yield* freshDatabase(postgresUrl)
        const proxy = yield* freezableProxy(database)
        proxy.freeze()
        const { url } = yield* serve(directory, proxy.url)
        yield* assertTakesIn(before, url, Effect.sync(proxy.thaw))
      }).pipe(Effect.scoped),
    timeout
  )
})
