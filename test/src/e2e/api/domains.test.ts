/**
 * Published domains: what `muse domains publish` sends is stored, listed, searched and shown. Only the author publishes
 * in their name, newer versions replace older ones, and a lost database gives every domain back.
 */
import { assert, it } from "@effect/vitest"
import { RepositoryId } from "@musehub/domain/object/Id"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { wholeIndex, portsOf } from "@musehub/domain/port/index/wholeIndex"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Context, Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeBackends, describeInMemory, freshStorage } from "../hub/backends.ts"
import { type Answer, send } from "../hub/Http.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"

/** What `muse domains publish` sends, member by member (docs/wire.md, section 4.2). */
const published = {
  author_slug: "ada",
  slug: "midi-x",
  display_name: "MIDI extended",
  description: "Notes, tempo and lyrics",
  capabilities: {
    dimensions: [
      { name: "notes", description: "What sounds" },
      { name: "tempo", description: "How fast" }
    ],
    artifact_types: [".mid", ".kar"],
    merge_semantics: "three_way",
    supported_commands: ["commit", "merge"]
  },
  viewer_type: "piano_roll",
  version: "0.1.0"
}

type Domain = Record<string, unknown>

/** Sends as the client's library does: its headers in its order, and a connection of its own. */
const ask = ({ url }: Hub, method: string, path: string, token?: string, body?: unknown): Effect.Effect<Answer> => {
  const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
  const headers = [
    ["Accept-Encoding", "identity"],
    ...(bytes === undefined ? [] : [["Content-Length", String(bytes.byteLength)] as const]),
    ["Host", new URL(url).host],
    ["User-Agent", "Python-urllib/3.14"],
    ...(bytes === undefined ? [] : [["Content-Type", "application/json"] as const]),
    ["Accept", "application/json"],
    ...(token === undefined ? [] : [["Authorization", `Bearer ${token}`] as const]),
    ["Connection", "close"]
  ] as const
  return Effect.orDie(send({ method, url: `${url}/`, path: `/api/v1${path}`, headers, body: bytes }))
}

const valueOf = ({ body }: Answer): Domain => JSON.parse(new TextDecoder().decode(body)) as Domain

const publish = (hub: Hub, token: string | undefined, fields: object = {}) =>
  ask(hub, "POST", "/domains", token, { ...published, ...fields })

const ok = (call: Effect.Effect<Answer>, status = 200) =>
  Effect.map(call, (answer) => {
    assert.strictEqual(answer.status, status, new TextDecoder().decode(answer.body))
    return valueOf(answer)
  })

/** Every page of a list. */
const all = Effect.fnUntraced(function* (hub: Hub, query: string) {
  const found: Array<unknown> = []
  let cursor: unknown = null
  do {
    const after = cursor === null ? "" : `&cursor=${String(cursor)}`
    const { items, nextCursor } = yield* ok(ask(hub, "GET", `/domains?limit=2${query}${after}`))
    for (const { scoped_id } of items as ReadonlyArray<Domain>) found.push(scoped_id)
    cursor = nextCursor
  } while (cursor !== null)
  return found
})

describeBackends("a domain published by muse", (backend) => {
  it.live("is answered as the client reads it, then shown, listed in pages and searched", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const [ada, bob] = [yield* tokenFor(hub, "ada", { scope: "write" }), yield* tokenFor(hub, "bob")]
      const made = yield* ok(publish(hub, ada), 201)
      assert.strictEqual(made["scoped_id"], "@ada/midi-x")
      assert.match(String(made["domain_id"]), /^[0-9a-f-]{36}$/)
      // The keys of the capabilities sorted, without white space.
      const canonical =
        '{"artifact_types":[".mid",".kar"],"dimensions":[{"description":"What sounds","name":"notes"},' +
        '{"description":"How fast","name":"tempo"}],"merge_semantics":"three_way",' +
        '"supported_commands":["commit","merge"]}'
      assert.strictEqual(made["manifest_hash"], createHash("sha256").update(canonical).digest("hex"))
      assert.deepInclude(made, published)
      for (const path of ["/domains/@ada/midi-x", "/domains/%40ada/midi-x", "/domains/ada/midi-x"]) {
        assert.deepStrictEqual(yield* ok(ask(hub, "GET", path)), made, path)
      }
      for (const slug of ["code", "a_b"])
        yield* ok(publish(hub, ada, { slug, display_name: slug, description: "", capabilities: {} }), 201)
      yield* ok(publish(hub, bob, { author_slug: "bob", slug: "scores", description: "Lyrics as well" }), 201)
      assert.deepStrictEqual(yield* all(hub, ""), ["@ada/a_b", "@ada/code", "@ada/midi-x", "@bob/scores"])
      assert.deepStrictEqual(yield* all(hub, "&q=LYRICS"), ["@ada/midi-x", "@bob/scores"])
      assert.deepStrictEqual(yield* all(hub, "&q=%40ada%2F"), ["@ada/a_b", "@ada/code", "@ada/midi-x"])
      assert.deepStrictEqual(yield* all(hub, "&q=nothing"), [])
    })
  )

  it.live("is given back after the database was lost, by search too, and goes on from its version", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const first = yield* startHub(storage)
      const ada = yield* tokenFor(first, "ada")
      const slugs = ["one", "two", "three"]
      for (const slug of slugs) yield* ok(publish(first, ada, { slug }), 201)
      const before = yield* ok(ask(first, "GET", "/domains"))
      const document = { kind: "hub", collection: "domains", name: DocumentName.make("ada.one") } as const
      const { documents } = Context.get(storage, ObjectStore)
      assert.strictEqual((yield* documents.read(document))._tag, "Found", documentPath(document))

      const hub = yield* startHub(Context.merge(storage, yield* Layer.build(Layer.fresh(backend.index))))
      const names = ["@ada/one", "@ada/three", "@ada/two"]
      assert.deepStrictEqual(yield* all(hub, "&q=midi"), names)
      assert.deepStrictEqual(yield* all(hub, ""), names)
      assert.deepStrictEqual(yield* ok(ask(hub, "GET", "/domains")), before)
      assertProblem(yield* publish(hub, ada, { slug: "one", version: "0.0.9" }), 409, /newer version 0\.1\.0/)
      yield* ok(publish(hub, ada, { slug: "one", version: "0.2.0" }), 201)
    })
  )
})

describeInMemory("publishing a domain", (backend) => {
  const stage = Effect.gen(function* () {
    const storage = yield* freshStorage(backend)
    const hub = yield* startHub(storage)
    return { storage, hub, ada: yield* tokenFor(hub, "ada"), bob: yield* tokenFor(hub, "bob") }
  })

  it.live("is allowed to its author only, with a token of write scope for all repositories", () =>
    Effect.gen(function* () {
      const { ada, bob, hub } = yield* stage
      assertProblem(yield* publish(hub, undefined), 401, /publishing a domain needs a token/)
      assertProblem(yield* publish(hub, "muse_wrong"), 401, /unknown to this hub/)
      assertProblem(yield* publish(hub, bob), 403, /bob cannot publish @ada\/midi-x: only ada publishes in that name/)
      const reading = yield* tokenFor(hub, "ada", { scope: "read" })
      assertProblem(yield* publish(hub, reading), 403, /write scope/)
      const made = yield* ok(ask(hub, "POST", "/repos", ada, { owner: "ada", name: "songs" }), 201)
      const repository = RepositoryId.make(String(made["repoId"]))
      assertProblem(
        yield* publish(hub, yield* tokenFor(hub, "ada", { repository })),
        403,
        /not limited to a repository/
      )
      assert.deepStrictEqual(yield* all(hub, ""), [])
    })
  )

  it.live("replaces an older version, and refuses an older one and the same with other content", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* stage
      const first = yield* ok(publish(hub, ada, { version: "1.9.0" }), 201)
      // The same again, as after an answer that was lost.
      assert.deepStrictEqual(yield* ok(publish(hub, ada, { version: "1.9.0" }), 201), first)
      const other = yield* publish(hub, ada, { version: "1.9.0", display_name: "Other" })
      const problem = assertProblem(
        other,
        409,
        /@ada\/midi-x is already published as version 1\.9\.0, with other content/
      )
      assert.strictEqual(problem.get("published"), "1.9.0")
      for (const version of ["1.2.0", "1.9.0-rc.1"]) {
        assertProblem(yield* publish(hub, ada, { version }), 409, /is already published as the newer version 1\.9\.0/)
      }
      assertProblem(yield* publish(hub, ada, { version: "1.9.0+other" }), 409, /with other content/)
      assert.deepStrictEqual(yield* ok(ask(hub, "GET", "/domains/@ada/midi-x")), first)

      const newer = { version: "1.10.0", display_name: "Renamed", capabilities: { merge_semantics: "crdt" } }
      const second = yield* ok(publish(hub, ada, newer), 201)
      assert.deepInclude(second, { ...newer, domain_id: first["domain_id"], created_at: first["created_at"] })
      assert.notStrictEqual(second["manifest_hash"], first["manifest_hash"])
      assert.deepStrictEqual(yield* ok(ask(hub, "GET", "/domains/@ada/midi-x")), second)
      assert.deepStrictEqual(yield* all(hub, "&q=extended"), [])
      assert.deepStrictEqual(yield* all(hub, "&q=renamed"), ["@ada/midi-x"])
    })
  )

  it.live("lets one of many at the same time win, and refuses the others", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* stage
      const answers = yield* Effect.all(
        Array.from({ length: 8 }, (_, place) => publish(hub, ada, { display_name: `Title ${place}` })),
        { concurrency: "unbounded" }
      )
      const statuses = answers.map(({ status }) => status)
      assert.deepStrictEqual(statuses.toSorted(), [201, ...Array.from({ length: 7 }, () => 409)])
      const winner = answers.find(({ status }) => status === 201)
      assert.deepStrictEqual(yield* ok(ask(hub, "GET", "/domains/@ada/midi-x")), winner && valueOf(winner))
    })
  )

  it.live("names every wrong member, in nested objects too", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* stage
      const wrong = {
        author_slug: "Ada!",
        slug: "-x",
        version: "v1",
        capabilities: { dimensions: [{ name: "" }, { title: "x" }], merge: "x" },
        verified: true
      }
      const answer = yield* publish(hub, ada, wrong)
      assertProblem(answer, 400, /the body is refused: /)
      const errors = valueOf(answer)["errors"] as ReadonlyArray<{ readonly path: string; readonly message: string }>
      assert.deepStrictEqual(Object.fromEntries(errors.map(({ message, path }) => [path, message])), {
        author_slug: "must be 1 to 64 lower-case letters, digits and inner hyphens",
        slug: "must be 1 to 64 lower-case letters, digits, and inner hyphens and underscores",
        version: "must be a semantic version such as 1.2.3 or 1.0.0-rc.1",
        verified:
          "is not a known field: known here are author_slug, slug, display_name, description, capabilities, " +
          "viewer_type and version",
        "capabilities.merge":
          "is not a known field: known here are dimensions, artifact_types, merge_semantics and supported_commands",
        "capabilities.dimensions[0].name": "must have at least 1 character",
        "capabilities.dimensions[1].name": "is missing",
        "capabilities.dimensions[1].title": "is not a known field: known here are name and description"
      })
      assertProblem(
        yield* ask(hub, "GET", "/domains?page=2"),
        400,
        /page is not a known parameter.*q, cursor and limit/
      )
      assertProblem(yield* ask(hub, "GET", "/domains?cursor=Li4v"), 400, /the cursor is not from an earlier answer/)
      for (const path of ["/domains/@ada/none", "/domains/@x/y", "/domains/@api/..%2Fx", "/domains/@ada/A"]) {
        assertProblem(yield* ask(hub, "GET", path), 404, /there is no domain "@/, path)
      }
      assertProblem(yield* ask(hub, "GET", "/domains", "muse_wrong"), 401, /unknown to this hub/)
    })
  )

  it.live("is listed and shown while the index is down, and can be repeated when it failed there", () =>
    Effect.gen(function* () {
      const { ada, hub, storage } = yield* stage
      yield* ok(publish(hub, ada, { slug: "old" }), 201)
      const index = indexControl()
      const whole = interposedIndex(yield* Effect.provideContext(wholeIndex, storage), index.interpose)
      const spoilt = yield* startHub(Context.merge(storage, portsOf(whole)))
      index.fail((operation) => operation.endsWith("Domain") || operation.endsWith("Domains"))
      assertProblem(yield* publish(spoilt, ada), 503, /./)
      assert.deepStrictEqual(yield* all(spoilt, ""), ["@ada/midi-x", "@ada/old"])
      yield* ok(ask(spoilt, "GET", "/domains/@ada/midi-x"))
      assertProblem(yield* ask(spoilt, "GET", "/domains?q=midi"), 503, /./)
      index.fail(() => false)
      yield* ok(publish(spoilt, ada), 201)
      assert.deepStrictEqual(yield* all(spoilt, "&q=midi"), ["@ada/midi-x", "@ada/old"])
    })
  )
})
