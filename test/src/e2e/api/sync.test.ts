/**
 * The JSON interface of older agents over HTTP: histories pass through it with the same ids. Recorded requests with
 * made-up ids are refused, and accepted once their ids are right.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { audit } from "../muse/audit.ts"
import { describeBackends, describeInMemory, freshStorage } from "../hub/backends.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { type Answer, send, valueIn } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { clone, type LocalRepository, pushAll, walk } from "../muse/LocalRepository.ts"
import { call, createRepository, heads, ok, postJson, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Exchange, exchangesOf } from "../muse/Recording.ts"
import {
  assertSame,
  type Fields,
  fieldsOf,
  fromJson,
  listOf,
  member,
  recordsOf,
  type Sendable,
  textOf,
  type Value
} from "../muse/Value.ts"

/** The same repository as this interface names it. */
const byId = (target: Target) =>
  Effect.map(refs(target), ({ id }): Target => ({ ...target, repository: `api/v1/repos/${id}` }))

/** Collects every page of a pull. */
const pullAll = Effect.fnUntraced(function* (target: Target, question: { readonly [name: string]: Sendable }) {
  const pages: Array<Value> = []
  for (let cursor: Sendable = null; ;) {
    const page: Value = yield* ok(postJson(target, "pull", { ...question, cursor }))
    pages.push(page)
    cursor = member(page, "nextCursor")
    assert.strictEqual(member(page, "hasMore"), cursor !== null)
    if (cursor === null) break
  }
  const all = (list: string) => pages.flatMap((page) => recordsOf(page, list))
  const remoteHead = textOf(pages[0] ?? null, "remoteHead")
  return { pages, commits: all("commits"), snapshots: all("snapshots"), objects: all("objects"), remoteHead }
})

const sorted = (ids: Iterable<string>) => [...ids].toSorted()

const idsIn = (records: ReadonlyArray<Fields>, name: string) => sorted(records.map((record) => textOf(record, name)))

/** The content of a branch in a local repository. */
const contentOf = (local: LocalRepository, head: string) => {
  const commits = walk(local.commits, [head])
  const snapshots = new Set(commits.map((id) => textOf(local.commits.get(id) ?? null, "snapshot_id")))
  const blobs = new Set(
    [...snapshots].flatMap((id) => [...fieldsOf(local.snapshots.get(id) ?? null, "manifest").values()].map(String))
  )
  return { commits, snapshots, blobs }
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex")

describeBackends("the JSON interface", (backend) => {
  const stage = Effect.gen(function* () {
    const hub = yield* startHub(yield* freshStorage(backend))
    const ada = yield* tokenFor(hub, "ada")
    const bob = yield* tokenFor(hub, "bob")
    return { hub, ada, bob }
  })

  for (const name of ["linear", "merges", "octopus", "file-contents", "awkward-names"]) {
    it.live(`${name} is pulled in pages, and pushed into another repository with the same ids`, () =>
      Effect.gen(function* () {
        const { ada, hub } = yield* stage
        const golden = goldenRepository(name)
        const from = yield* createRepository(hub.url, ada, "ada/from")
        const to = yield* createRepository(hub.url, ada, "ada/to")
        yield* pushAll(from, golden)
        const [source, copy] = [yield* byId(from), yield* byId(to)]
        for (const [branch, head] of golden.heads) {
          const expected = contentOf(golden, head)
          const pulled = yield* pullAll(source, { branch, haveCommits: [], haveObjects: [], limit: 6 })
          const { commits, objects, snapshots } = pulled
          const count = commits.length + objects.length + snapshots.length
          assert.strictEqual(pulled.pages.length, Math.ceil(count / 6))
          assert.strictEqual(pulled.remoteHead, head)
          assert.deepStrictEqual(idsIn(pulled.commits, "commitId"), sorted(expected.commits))
          assert.deepStrictEqual(idsIn(pulled.snapshots, "snapshotId"), sorted(expected.snapshots))
          assert.deepStrictEqual(
            idsIn(pulled.objects, "objectId"),
            sorted([...expected.blobs].map((id) => `sha256:${id}`))
          )
          for (const object of pulled.objects) {
            const content = Buffer.from(textOf(object, "contentB64"), "base64")
            assert.strictEqual(`sha256:${sha256(content)}`, textOf(object, "objectId"))
          }
          const pushed = yield* ok(
            postJson(copy, "push", { branch, headCommitId: head, commits, snapshots, objects, force: false })
          )
          assertSame(
            pushed,
            new Map<string, Value>([
              ["ok", true],
              ["remoteHead", head]
            ]),
            "the answer"
          )
        }
        const cloned = yield* clone(to)
        assertSame(cloned.heads, golden.heads, "heads")
        const original = yield* clone(from)
        for (const kind of ["commits", "snapshots", "blobs"] as const) {
          assert.deepStrictEqual(sorted(cloned[kind].keys()), sorted(original[kind].keys()))
        }
        assertSame(cloned.snapshots, original.snapshots, "snapshots with their times")
        for (const target of [from, to]) yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      })
    )
  }

  it.live("a pull omits what the client has, and its cursor belongs to one request", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* stage
      const golden = goldenRepository("linear")
      const target = yield* createRepository(hub.url, ada, "ada/linear")
      yield* pushAll(target, golden)
      const source = yield* byId(target)
      const branch = "main"
      const head = golden.heads.get(branch) ?? ""
      const nothing = yield* pullAll(source, { branch, haveCommits: [head, "init-1"], haveObjects: [] })
      assert.deepStrictEqual([nothing.commits, nothing.snapshots, nothing.objects], [[], [], []])
      const whole = yield* pullAll(source, { branch })
      const had = whole.objects.slice(0, 3).map((object) => textOf(object, "objectId"))
      const rest = yield* pullAll(source, { branch, haveCommits: [], haveObjects: [...had, "sha256:x"] })
      assert.strictEqual(rest.objects.length, whole.objects.length - 3)

      const first = yield* ok(postJson(source, "pull", { branch, limit: 1 }))
      const cursor = textOf(first, "nextCursor")
      const other = yield* postJson(source, "pull", { branch, limit: 1, cursor, haveCommits: [head] })
      assertProblem(other, 400, /cursor belongs to another pull/)
      assertProblem(yield* postJson(source, "pull", { branch: "nowhere" }), 404, /no branch "nowhere"/)
      assertProblem(yield* postJson(source, "pull", {}), 400, /branch is missing/)
    })
  )

  it.live("55 is refused with made-up ids, and accepted once they are right", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* stage
      const target = yield* createRepository(hub.url, ada, "ada/rest")
      const { id } = yield* refs(target)
      const exchanges = new Map(exchangesOf("55").map((exchange) => [exchange.name, exchange]))
      const exchange = (name: string): Exchange => exchanges.get(name) ?? assert.fail(`no exchange ${name}`)
      const sentIn = (name: string) => fromJson(new TextDecoder().decode(exchange(name).body ?? new Uint8Array()))
      /** Its headers ask for no encoding, like those of a script. */
      const again = (name: string, value: Sendable): Effect.Effect<Answer> => {
        const { headers, method, path } = exchange(name)
        const body = new TextEncoder().encode(
          JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? Object.fromEntries(part) : part))
        )
        return Effect.orDie(
          send({
            method,
            url: hub.url + path.replace(/repos\/[^/]+/, `repos/${id}`),
            headers: headers.map(([header, text]) => {
              if (header === "Host") return [header, new URL(hub.url).host]
              if (header === "Content-Length") return [header, String(body.byteLength)]
              return [header, text.replace("<redacted>", ada)]
            }),
            body
          })
        )
      }

      // The clients of the recorded hub choose commit ids freely; here an id is the hash of what it names.
      assertProblem(yield* again("55/01", sentIn("55/01")), 422, /^snapshot rest-snap-1|^snapshot id rest-snap-1/)
      assertProblem(yield* again("55/02", sentIn("55/02")), 422, /^commit rest-other: it has no snapshotId/)
      assertProblem(yield* again("55/03", sentIn("55/03")), 400, /headCommitId is missing/)
      assertProblem(yield* again("55/04", sentIn("55/04")), 404, /no branch "main"/)
      assert.strictEqual((yield* heads(target)).size, 0)

      // The same push with right ids, a snapshot for each commit, and times that a clone keeps unchanged.
      const push = fieldsOf(sentIn("55/01"))
      const [object] = recordsOf(push, "objects")
      const [snapshot] = recordsOf(push, "snapshots")
      assert(object !== undefined && snapshot !== undefined)
      const entries = [...fieldsOf(snapshot, "manifest")].map(([path, blob]) => `${path}\0${String(blob).slice(7)}`)
      const snapshotId = sha256(entries.join("\0"))
      const right = (commit: Fields, parentIds: ReadonlyArray<string>): Fields => {
        const timestamp = textOf(commit, "timestamp").replace(/Z$/, "+00:00").replace(".5+", ".500000+")
        const identity = [parentIds.toSorted().join("\0"), snapshotId, textOf(commit, "message"), timestamp]
        return new Map<string, Value>([
          ...commit,
          ["commitId", sha256(identity.join("\0"))],
          ["parentIds", parentIds],
          ["snapshotId", snapshotId],
          ["timestamp", timestamp]
        ])
      }
      const [sentFirst, sentSecond] = recordsOf(push, "commits")
      assert(sentFirst !== undefined && sentSecond !== undefined)
      const first = right(sentFirst, [])
      const second = right(sentSecond, [textOf(first, "commitId")])
      const head = textOf(second, "commitId")
      const pushed = yield* again(
        "55/01",
        new Map<string, Value>([
          ...push,
          ["headCommitId", head],
          ["commits", [first, second]],
          ["snapshots", [new Map<string, Value>([...snapshot, ["snapshotId", snapshotId]])]]
        ])
      )
      assert.strictEqual(pushed.status, 200, new TextDecoder().decode(pushed.body))
      assertSame(
        valueIn(pushed),
        new Map<string, Value>([...fieldsOf(exchange("55/01").answer), ["remoteHead", head]]),
        "55/01"
      )

      const diverged = right(fieldsOf(recordsOf(sentIn("55/02"), "commits")[0] ?? null), [])
      const refused = yield* again(
        "55/02",
        new Map<string, Value>([
          ["branch", "main"],
          ["headCommitId", textOf(diverged, "commitId")],
          ["commits", [diverged]],
          ["objects", []]
        ])
      )
      assert.strictEqual(refused.status, 409)
      const problem = valueIn(refused)
      assertSame(member(problem, "detail", "error"), member(exchange("55/02").answer, "detail", "error"), "55/02")
      assert.match(textOf(problem, "detail", "message"), /does not contain/)
      assert.strictEqual(textOf(problem, "head"), head)
      assert.strictEqual(textOf(problem, "type"), "urn:musehub:problem:non-fast-forward")

      const have = { branch: "main", haveCommits: [textOf(first, "commitId")], haveObjects: [] }
      const pulled = valueIn(yield* again("55/04", have))
      const recorded = exchange("55/04").answer
      assert.deepStrictEqual(
        [...fieldsOf(pulled).keys()].filter((key) => key !== "snapshots"),
        [...fieldsOf(recorded).keys()]
      )
      const [commit] = recordsOf(pulled, "commits")
      const [recordedCommit] = recordsOf(recorded, "commits")
      assert.deepStrictEqual([...(commit ?? new Map()).keys()], [...(recordedCommit ?? new Map()).keys()])
      assertSame(commit ?? null, new Map<string, Value>([...second, ["branch", "main"], ["author", "ada"]]), "55/04")
      // The recorded hub sends all objects; this one sends those that the client lacks, so the rest is requested
      // without it.
      assert.deepStrictEqual(listOf(pulled, "objects"), [])
      const all = valueIn(yield* again("55/04", { branch: "main" }))
      assertSame(member(all, "objects"), member(recorded, "objects"), "55/04: objects")
    })
  )

  it.live("answers only callers with access", () =>
    Effect.gen(function* () {
      const { ada, bob, hub } = yield* stage
      const golden = goldenRepository("linear")
      const open = yield* createRepository(hub.url, ada, "ada/open")
      const secret = yield* createRepository(hub.url, ada, "ada/secret", { visibility: "private" })
      for (const target of [open, secret]) yield* pushAll(target, golden)
      const [openById, secretById] = [yield* byId(open), yield* byId(secret)]
      const push = { branch: "dev", headCommitId: golden.heads.get("main") ?? "" }
      const pull = { branch: "main" }
      yield* ok(postJson({ ...openById, token: undefined }, "pull", pull))
      yield* ok(postJson({ ...openById, token: bob }, "pull", pull))
      assertProblem(yield* postJson({ ...openById, token: undefined }, "push", push), 401, /token/)
      assertProblem(yield* postJson({ ...openById, token: bob }, "push", push), 403, /bob has no write access/)
      for (const token of [undefined, bob]) {
        assertProblem(yield* postJson({ ...secretById, token }, "pull", pull), 404, /no repository/)
      }
      assertProblem(yield* postJson({ ...secretById, token: bob }, "push", push), 404, /no repository/)
      const nowhere = { ...openById, repository: "api/v1/repos/00000000-0000-4000-8000-000000000000" }
      assertProblem(yield* postJson(nowhere, "pull", pull), 404, /no repository/)
      assertProblem(yield* postJson({ ...openById, repository: "api/v1/repos/x" }, "pull", pull), 404, /no repository/)
      assert.strictEqual((yield* heads(open)).has("dev"), false)
      const made = yield* ok(postJson(openById, "push", push))
      assert.strictEqual(textOf(made, "remoteHead"), push.headCommitId)
      assert.strictEqual((yield* heads(open)).get("dev"), push.headCommitId)
    })
  )
})

describeInMemory("bodies of the JSON interface", (backend) => {
  it.live("are limited, and refused in JSON whatever the client accepts", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const ada = yield* tokenFor(hub, "ada")
      const target = yield* byId(yield* createRepository(hub.url, ada, "ada/bounded"))
      const json = { accept: "application/x-msgpack", contentType: "application/json" }
      const tooLarge = yield* call(target, "POST", "push", new Uint8Array(16 * 1024 * 1024 + 1), json)
      assertProblem(tooLarge, 413, /larger than/)
      assert.strictEqual(tooLarge.headers["content-type"], "application/json")
      for (const text of ["", "{", "\u0080", "nonsense"]) {
        assertProblem(yield* call(target, "POST", "pull", Buffer.from(text, "latin1"), json), 400, /./)
      }
    })
  )

  it.live("may have members that the hub does not know, in a query as well: older agents send what theirs took", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const ada = yield* tokenFor(hub, "ada")
      const golden = goldenRepository("linear")
      const target = yield* createRepository(hub.url, ada, "ada/lenient")
      yield* pushAll(target, golden)
      const byName = yield* byId(target)
      const head = golden.heads.get("main") ?? ""
      const pulled = yield* ok(postJson(byName, "pull?page=1", { branch: "main", colour: "red" }))
      assert.strictEqual(textOf(pulled, "remoteHead"), head)
      const pushed = yield* ok(postJson(byName, "push", { branch: "side", headCommitId: head, colour: "red" }))
      assert.strictEqual(textOf(pushed, "remoteHead"), head)
    })
  )
})
