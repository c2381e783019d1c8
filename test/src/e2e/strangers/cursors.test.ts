/**
 * Cursors of lists: a page shows where it ends by nothing that its reader may not know, and no list takes a cursor that
 * it did not give out.
 */
import { assert, it } from "@effect/vitest"
import { failingIndex } from "../../domain/support/hubSamples.ts"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import { Context, Effect } from "effect"
import { describeBackends, describeInMemory, freshStorage } from "../hub/backends.ts"
import type { Answer } from "../hub/Http.ts"
import { type Hub, startHub, type Storage, tokenFor } from "../hub/Hub.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, postJson, refs } from "../muse/MuseClient.ts"

interface Shown {
  readonly items: ReadonlyArray<{ readonly owner?: string; readonly slug?: string }>
  readonly nextCursor: string | null
}

const get = ({ url }: Hub, token: string | undefined, path: string): Effect.Effect<Answer> =>
  call({ url, repository: "api/v1", token }, "GET", path, undefined, { accept: "application/json" })

const shownIn = (answer: Answer): Shown => {
  assert.strictEqual(answer.status, 200, new TextDecoder().decode(answer.body))
  return JSON.parse(new TextDecoder().decode(answer.body)) as Shown
}

/** Reads a list in pages of one item, and returns what each page shows, with its link. */
const pages = Effect.fnUntraced(function* (hub: Hub, token: string | undefined, list: string) {
  const found: Array<Shown & { readonly link: string | undefined }> = []
  let cursor: string | null = ""
  do {
    const answer: Answer = yield* get(hub, token, `${list}?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`)
    const shown = shownIn(answer)
    found.push({ ...shown, link: answer.headers["link"] as string | undefined })
    cursor = shown.nextCursor
  } while (cursor !== null)
  return found
})

const namesIn = (found: ReadonlyArray<Shown>) =>
  found.flatMap(({ items }) => items.map(({ owner, slug }) => `${owner}/${slug}`))

const populate = Effect.fnUntraced(function* (hub: Hub) {
  const ada = yield* tokenFor(hub, "ada")
  const zoe = yield* tokenFor(hub, "zoe")
  yield* createRepository(hub.url, ada, "ada/open")
  yield* createRepository(hub.url, zoe, "zoe/open")
  return { ada, zoe, stranger: yield* tokenFor(hub, "stranger") }
})

const hide = Effect.fnUntraced(function* (hub: Hub, ada: string, zoe: string) {
  for (const slug of ["a", "between", "open-too", "zzz"]) {
    yield* createRepository(hub.url, ada, `ada/${slug}`, { visibility: "private" })
    yield* createRepository(hub.url, zoe, `zoe/${slug}`, { visibility: "private" })
  }
})

describeBackends("a page of repositories", (backend) => {
  it.live("is the same, to its cursor and link, whether or not there are private ones around it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { ada, stranger, zoe } = yield* populate(hub)
      const before = yield* Effect.forEach([undefined, stranger], (token) => pages(hub, token, "repos"))
      yield* hide(hub, ada, zoe)
      const after = yield* Effect.forEach([undefined, stranger], (token) => pages(hub, token, "repos"))
      assert.deepStrictEqual(after, before)
      for (const found of after) assert.deepStrictEqual(namesIn(found), ["ada/open", "zoe/open"])
      const own = namesIn(yield* pages(hub, ada, "repos"))
      assert.deepStrictEqual(own, ["ada/a", "ada/between", "ada/open", "ada/open-too", "ada/zzz", "zoe/open"])
    })
  )
})

const withoutIndex = (storage: Storage): Storage =>
  Context.merge(storage, portsOf(failingIndex(wholeIndexOf(storage), () => true)))

describeInMemory("a cursor", (backend) => {
  it.live("says nothing while the index is away either: none can be read, and all are of one length", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const hub = yield* startHub(storage)
      const { ada, zoe } = yield* populate(hub)
      yield* hide(hub, ada, zoe)
      const away = yield* startHub(withoutIndex(storage))
      for (const token of [undefined, ada]) {
        const [stored, indexed] = [yield* pages(away, token, "repos"), yield* pages(hub, token, "repos")]
        assert.sameMembers(namesIn(stored), namesIn(indexed))
        const cursors = [...stored, ...indexed].flatMap(({ nextCursor }) => nextCursor ?? [])
        assert.lengthOf(new Set(cursors.map(({ length }) => length)), 1)
        for (const cursor of cursors) {
          const read = Buffer.from(cursor, "base64url").toString("latin1")
          for (const name of ["ada", "zoe", "open", "between", "store"]) assert.notInclude(read, name)
        }
      }
    })
  )

  it.live("is good at every hub of the store, for its list alone, and cannot be made up or changed", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const [hub, other] = [yield* startHub(storage), yield* startHub(storage)]
      const strange = yield* startHub(yield* freshStorage(backend))
      const { ada } = yield* populate(hub)
      yield* populate(strange)
      const target = yield* createRepository(hub.url, ada, "ada/songs")
      const local = growing()
      commitTo(local, "main", { a: "a\n" })
      const head = commitTo(local, "main", { a: "a\n", b: "b\n" })
      local.heads.set("ada/open", head)
      commitTo(local, "ada/open", { a: "b\n" })
      yield* pushAll(target, local)
      const of = "repos/ada/songs"
      const lists = ["repos", "user/tokens", `${of}/branches`, `${of}/commits`, `${of}/tree`]
      yield* tokenFor(hub, "ada")
      const given = yield* Effect.forEach(lists, (list) =>
        Effect.map(get(hub, ada, `${list}?limit=1`), (answer) => shownIn(answer).nextCursor ?? assert.fail(list))
      )
      for (const [place, list] of lists.entries()) {
        const cursor = given[place] ?? ""
        assert.strictEqual((yield* get(other, ada, `${list}?cursor=${cursor}`)).status, 200, list)
        const changed = Buffer.from(cursor, "base64url")
        changed[20] = (changed[20] ?? 0) ^ 1
        const plain = ["ada/open", "store:ada.open", head, "main", ""].map((text) => Buffer.from(text))
        const madeUp = [changed, Buffer.from(cursor, "base64url").subarray(0, 100), ...plain].map((bytes) =>
          bytes.toString("base64url")
        )
        for (const bad of [...madeUp, ...given.filter((each) => each !== cursor)]) {
          const refused = yield* get(hub, ada, `${list}?cursor=${bad}`)
          assert.strictEqual(refused.status, 400, `${list}: ${bad}`)
        }
      }
      const [repositories = ""] = given
      assert.strictEqual((yield* get(strange, undefined, `repos?cursor=${repositories}`)).status, 400)
    })
  )

  it.live("of a pull by id is sealed as well", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
      const local = growing()
      const head = commitTo(local, "main", { a: "a\n" })
      yield* pushAll(target, local)
      const byId = { ...target, repository: `api/v1/repos/${(yield* refs(target)).id}` }
      const pull = (cursor: string | null) => postJson(byId, "pull", { branch: "main", limit: 1, cursor })
      const first = yield* pull(null)
      const { nextCursor } = JSON.parse(new TextDecoder().decode(first.body)) as { readonly nextCursor: string }
      assert.notInclude(Buffer.from(nextCursor, "base64url").toString("latin1"), head)
      assert.strictEqual((yield* pull(nextCursor)).status, 200)
      const question = "0".repeat(16)
      for (const bad of ["next", `${head}.0.0000000000.${head}.${question}`, `${nextCursor.slice(0, -4)}AAAA`]) {
        assert.strictEqual((yield* pull(bad)).status, 400, bad)
      }
    })
  )
})
