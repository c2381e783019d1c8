/**
 * Store and index belong to one hub. A store that is not the index's, or that lost what it held, says "does not exist"
 * to everything, so a hub must not believe it: run as an operator meets it, with files and a real Postgres.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { assertCloneIs } from "../../e2e/muse/assertContent.ts"
import { goldenRepository } from "../../e2e/muse/goldenRepositories.ts"
import { pushAll } from "../../e2e/muse/LocalRepository.ts"
import { call, createRepository, type Target } from "../../e2e/muse/MuseClient.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { run, start } from "../program.ts"
import { environment, serve } from "./serving.ts"

const postgresUrl = await acquirePostgres()
const base = mkdtempSync(join(tmpdir(), "musehub-identity-"))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const timeout = 120_000
const local = goldenRepository("linear")

/** A folder and a database with a hub's repository in them. */
const prepared = Effect.gen(function* () {
  const directory = mkdtempSync(join(base, "hub-"))
  const index = yield* freshDatabase(postgresUrl)
  const target = yield* Effect.scoped(
    Effect.gen(function* () {
      const { token, url } = yield* serve(directory, index)
      const made = yield* createRepository(url, token, "ada/songs")
      yield* pushAll(made, local)
      return made
    })
  )
  return { directory, index, target, objects: join(directory, "objects") }
})

/** Puts an empty folder in the place of the store, as an unmounted volume does; returns what brings it back. */
const unmount = (objects: string) => {
  renameSync(objects, `${objects}.away`)
  mkdirSync(objects)
  return () => {
    rmdirSync(objects)
    renameSync(`${objects}.away`, objects)
  }
}

const bodyOf = ({ body }: { readonly body: Uint8Array }) => new TextDecoder().decode(body)

const creation = (name: string) => JSON.stringify({ owner: "ada", name, initialize: false })

const create = (url: string, token: string, name: string) =>
  Effect.promise(() =>
    fetch(`${url}/api/v1/repos`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: creation(name)
    })
  )

/** Hubs wait for a disk and a database, so the tests run side by side; each has its own. */
const sideBySide = { concurrent: true }

describe("a store that is not the index's", sideBySide, () => {
  it.live(
    "is refused at the start where its volume is not mounted, and accepted when it is back, even if it lost its id",
    () =>
      Effect.gen(function* () {
        const { directory, index, objects, target } = yield* prepared
        unmount(objects)
        const { code, stderr } = yield* Effect.promise(() => run(["serve"], { directory, env: environment(index) }))
        assert.strictEqual(code, 2, stderr)
        assert.match(stderr, /the object store is not the one that the index belongs to: file:\S+objects names no hub/)
        assert.match(stderr, /is of hub [0-9a-f-]{36}; mount the store's volume or name the right store/)
        assert.notInclude(readdirSync(join(objects, "hub")), "users")
        rmSync(objects, { recursive: true })
        renameSync(`${objects}.away`, objects)
        const identity = join(objects, "hub", "identity", "current")
        const id = readFileSync(identity, "utf8")
        rmSync(identity)
        const { url } = yield* serve(directory, index)
        yield* assertCloneIs({ ...target, url }, local)
        assert.strictEqual(readFileSync(identity, "utf8"), id)
      }),
    timeout
  )

  it.live(
    "is refused at the start where it is another hub's",
    () =>
      Effect.gen(function* () {
        const { index } = yield* prepared
        const directory = mkdtempSync(join(base, "other-"))
        const another = { directory, env: { ...environment("memory:") } }
        assert.strictEqual((yield* Effect.promise(() => run(["user", "create", "bob"], another))).code, 0)
        const { code, stderr } = yield* Effect.promise(() => run(["serve"], { directory, env: environment(index) }))
        assert.strictEqual(code, 2, stderr)
        assert.match(stderr, /is of hub ([0-9a-f-]{36}), and .* is of hub (?!\1)[0-9a-f-]{36}; mount/)
      }),
    timeout
  )
})

describe("a store that becomes empty under a running hub", sideBySide, () => {
  it.live(
    "is 503 with an error in the log, never 404, accepts nothing, and serves again when it is back",
    () =>
      Effect.gen(function* () {
        const { directory, index, objects, target } = yield* prepared
        const { hub, url } = yield* serve(directory, index)
        const there: Target = { ...target, url }
        yield* assertCloneIs(there, local)
        const mount = unmount(objects)
        for (const repository of ["ada/songs", "ada/nothing"]) {
          const answer = yield* call({ ...there, repository }, "GET", "refs")
          assert.strictEqual(answer.status, 503, bodyOf(answer))
        }
        yield* Effect.promise(() => hub.says("names no hub; is its volume mounted?"))
        // Without a token, so that the name is what is looked up first.
        assert.strictEqual((yield* call({ url, repository: "ada/nothing" }, "GET", "refs")).status, 503)
        yield* Effect.promise(() => hub.says("hub/names/ada.nothing"))
        const made = yield* create(url, String(target.token), "lost")
        assert.strictEqual(made.status, 503, yield* Effect.promise(() => made.text()))
        assert.strictEqual((yield* Effect.promise(() => fetch(`${url}/ready`))).status, 503)
        assert.deepStrictEqual(readdirSync(objects), [], "nothing was written into the empty folder")
        mount()
        yield* assertCloneIs(there, local)
        assert.strictEqual((yield* create(url, String(target.token), "kept")).status, 201)
      }),
    timeout
  )

  it.live(
    "a name whose root alone is gone is 503 with its key in the log and stays taken; one that never was is 404",
    () =>
      Effect.gen(function* () {
        const { directory, index, objects, target } = yield* prepared
        const { hub, url } = yield* serve(directory, index)
        const there: Target = { ...target, url }
        const repositories = join(objects, "repositories")
        const id = readdirSync(repositories).find((name) => existsSync(join(repositories, name, "root")))
        rmSync(join(repositories, String(id), "root"))
        const refs = yield* call(there, "GET", "refs")
        assert.strictEqual(refs.status, 503)
        assert.include(bodyOf(refs), "lacks the refs of this repository")
        yield* Effect.promise(() => hub.says(`repositories/${id}/root`))
        assert.strictEqual((yield* create(url, String(target.token), "songs")).status, 503)
        assert.strictEqual((yield* call({ ...there, repository: "ada/nothing" }, "GET", "refs")).status, 404)
      }),
    timeout
  )
})

describe("a store's folder as the setting names it", sideBySide, () => {
  it("that begins with ~ is refused with the path to write", async () => {
    for (const [setting, url] of [
      ["MUSEHUB_OBJECT_STORE", "file:~/hub"],
      ["MUSEHUB_INDEX", "embedded:~/hub"]
    ] as const) {
      const directory = mkdtempSync(join(base, "tilde-"))
      const { code, stderr } = await run(["serve"], {
        directory,
        env: { ...environment("memory:"), [setting]: url, HOME: "/home/ada" }
      })
      assert.strictEqual(code, 2, stderr)
      const scheme = url.slice(0, url.indexOf(":"))
      assert.include(stderr, `${setting}: "${url}" is not accepted; expected ${scheme}:/home/ada/hub`)
      assert.deepStrictEqual(readdirSync(directory), [])
    }
  })

  it("that is relative is said once, as the absolute one, when the hub starts", async () => {
    const directory = mkdtempSync(join(base, "relative-"))
    const hub = start(["serve", "--json"], { directory, env: environment("memory:") })
    await hub.firstLine
    hub.signal("SIGTERM")
    const { stderr } = await hub.ended
    assert.strictEqual(stderr.split(` is ${directory}/objects, since relative paths begin`).length, 2, stderr)
  })
})
