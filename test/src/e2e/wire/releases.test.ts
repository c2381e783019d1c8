/**
 * Releases and tags over HTTP: the recorded bodies of the real client, sent again byte for byte with its headers, and
 * requests that the client never sends.
 */
import { assert } from "@effect/vitest"
import { UserName } from "@musehub/domain/repository/Names"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { tagsMax } from "@musehub/domain/wire/Limits"
import { Effect } from "effect"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, ok, post, postJson, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Exchange, exchangesOf } from "../muse/Recording.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import {
  assertSame,
  type Fields,
  fieldsOf,
  fromJson,
  fromMsgpack,
  recordsOf,
  textOf,
  toJson,
  type Value,
  valueOf
} from "../muse/Value.ts"

const golden = goldenRepository("provenance")

/** A repository of ada's with the history of the recordings. */
const provenance = Effect.gen(function* () {
  const stage = yield* Stage
  const target = yield* stage.repository()
  yield* pushAll(target, golden)
  return { stage, target }
})

/** Sends a recorded exchange to another repository: its body and headers, its path relative to the repository. */
const resend = (target: Target, { method, endpoint, query, body, headers }: Exchange) => {
  const sent = new Map(headers)
  return call(target, method, query === "" ? endpoint : `${endpoint}?${query}`, body, {
    ...(sent.has("Content-Type") ? { contentType: sent.get("Content-Type") ?? "" } : {}),
    accept: sent.get("Accept") ?? ""
  })
}

const recorded = (name: string): Exchange => {
  const found = exchangesOf(name.slice(0, 2)).find((exchange) => exchange.name === name)
  if (found === undefined) throw new Error(`no exchange ${name}`)
  return found
}

const bodyOf = ({ body }: Exchange): string => new TextDecoder().decode(body)
const sentRelease = (name: string): Fields => fieldsOf(fromJson(bodyOf(recorded(name))))

const publish = (target: Target, release: Value) =>
  call(target, "POST", "releases", new TextEncoder().encode(toJson(release)), { contentType: "application/json" })

const listed = (target: Target, query = "") =>
  Effect.map(ok(call(target, "GET", `releases${query}`)), (answer) => recordsOf(answer, "releases"))

const tagsOf = (releases: ReadonlyArray<Fields>) => releases.map((release) => textOf(release, "tag"))

describeOnStages("releases and tags", (it) => {
  it.effect("20 publishes releases under the client's own ids; the same sent again is no second release", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      // The recorded hub made up ids of its own, and took the last one for another release (409).
      for (const exchange of exchangesOf("20")) {
        const answer = yield* resend(target, exchange)
        assert.strictEqual(answer.status, 200, exchange.name)
        assert.strictEqual(answer.headers["content-type"], "application/x-msgpack")
        const sent = fieldsOf(fromJson(bodyOf(exchange)))
        assertSame(fromMsgpack(answer.body), valueOf({ release_id: textOf(sent, "release_id") }), exchange.name)
      }
      assert.lengthOf(yield* listed(target, "?include_drafts=1"), 3)
    })
  )

  it.effect("21 lists them as they were sent, newest first, and drafts only on request with write access", () =>
    Effect.gen(function* () {
      const { stage, target } = yield* provenance
      for (const exchange of exchangesOf("20").slice(0, 3)) yield* resend(target, exchange)
      for (const exchange of exchangesOf("21")) {
        const answer = yield* resend(target, exchange)
        assert.strictEqual(answer.status, 200, exchange.name)
        const releases = recordsOf(fromMsgpack(answer.body), "releases")
        assert.deepStrictEqual(tagsOf(releases), tagsOf(recordsOf(exchange.answer, "releases")), exchange.name)
      }
      const all = yield* listed(target, "?include_drafts=1")
      assert.deepStrictEqual(tagsOf(all), ["v1.0.0", "v0.2.0-beta.1+build.5", "v0.1.0"])
      for (const [place, name] of ["20/03", "20/02", "20/01"].entries()) {
        assertSame(all[place] ?? null, sentRelease(name), name)
      }
      const bob = { ...target, token: stage.bob }
      const published = ["v1.0.0", "v0.1.0"]
      assert.deepStrictEqual(tagsOf(yield* listed(bob, "?include_drafts=1")), published)
      assert.deepStrictEqual(tagsOf(yield* listed({ ...target, token: undefined }, "?include_drafts=1")), published)
      assert.deepStrictEqual(tagsOf(yield* listed(target, "?channel=stable&include_drafts=1")), ["v0.1.0"])
      assert.deepStrictEqual(tagsOf(yield* listed(target, "?channel=alpha")), [])
    })
  )

  it.effect("22 deletes by a percent-encoded tag, and reports when there is none", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      for (const exchange of exchangesOf("20").slice(0, 3)) yield* resend(target, exchange)
      const [first, second] = exchangesOf("22")
      assert(first !== undefined && second !== undefined)
      const deleted = yield* resend(target, first)
      assert.strictEqual(deleted.status, 200)
      assertSame(fromMsgpack(deleted.body), first.answer, first.name)
      assertProblem(yield* resend(target, second), 404, /there is no release "v9\.9\.9"/, second.name)
      assertProblem(yield* resend(target, first), 404, /there is no release/, "the second time")
      assert.deepStrictEqual(tagsOf(yield* listed(target, "?include_drafts=1")), ["v1.0.0", "v0.1.0"])

      const spaced = new Map([...sentRelease("20/01"), ["tag", " v3.0.0\t"], ["release_id", crypto.randomUUID()]])
      yield* ok(publish(target, spaced))
      yield* ok(call(target, "DELETE", `releases/${encodeURIComponent(" v3.0.0\t")}`))
      for (const path of ["releases/a%2Fb", "releases/..%2F..%2Frefs", `releases/${"v".repeat(200)}`, "releases/%ff"]) {
        assert.strictEqual((yield* call(target, "DELETE", path)).status, 404, path)
      }
    })
  )

  it.effect("23 stores tags, and counts only the new ones", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      // The recorded hub counted the second time, too.
      for (const [place, exchange] of exchangesOf("23").entries()) {
        const answer = yield* resend(target, exchange)
        assert.strictEqual(answer.status, 200, exchange.name)
        assertSame(fromMsgpack(answer.body), valueOf({ stored: place === 0 ? 3 : 0 }), exchange.name)
      }
    })
  )

  it.effect("are refused without write access, and hidden where the repository is", () =>
    Effect.gen(function* () {
      const { stage, target } = yield* provenance
      const [tags] = exchangesOf("23")
      const [release] = exchangesOf("20")
      const [gone] = exchangesOf("22")
      assert(tags !== undefined && release !== undefined && gone !== undefined)
      for (const exchange of [tags, release, gone]) {
        assertProblem(yield* resend({ ...target, token: undefined }, exchange), 401, /token/, exchange.name)
        assertProblem(yield* resend({ ...target, token: stage.bob }, exchange), 403, /bob has no write/, exchange.name)
      }
      const hidden = yield* stage.repository({ visibility: "private" })
      for (const token of [undefined, stage.bob]) {
        assertProblem(yield* call({ ...hidden, token }, "GET", "releases"), 404, /no repository/)
      }
      const [owner = "", slug = ""] = target.repository.split("/")
      yield* openRepository(owner, slug, actingAs(UserName.make("ada")), "admin").pipe(
        Effect.flatMap((open) => setCollaborator(open, "bob", "write")),
        Effect.provideContext(stage.hub.services),
        Effect.orDie
      )
      yield* ok(resend({ ...target, token: stage.bob }, tags))
    })
  )

  it.effect("of another release or another tag under a taken name are refused, and leave the existing one", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      yield* ok(resend(target, recorded("20/03")))
      yield* ok(resend(target, recorded("23/01")))
      const changed = new Map([...sentRelease("20/03"), ["title", "Two"]])
      assertProblem(yield* publish(target, changed), 409, /already a release "v1\.0\.0"/)
      const [tag] = recordsOf(fromMsgpack(recorded("23/01").body ?? new Uint8Array()), "tags")
      assert(tag !== undefined)
      const other = new Map([...tag, ["tag", "another"]])
      assertProblem(yield* post(target, "tags", { tags: [other] }), 409, /another tag with the id/)
      const [release] = yield* listed(target)
      assertSame(release ?? null, sentRelease("20/03"), "the release that was there")
    })
  )

  it.effect("are checked: invalid records, commits that were not pushed, meaningless parameters", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      const release = sentRelease("20/01")
      const releases: ReadonlyArray<readonly [changed: Value, status: number, sentence: RegExp]> = [
        [new Map([...release, ["channel", "main"]]), 422, /release "v0\.1\.0" was refused: .*channel/],
        [new Map([...release, ["commit_id", "f".repeat(64)]]), 422, /push it first/],
        [new Map([...release, ["snapshot_id", "f".repeat(64)]]), 422, /has the snapshot/],
        [new Map([...release, ["tag", "latest"]]), 422, /semantic version/],
        [[], 422, /was refused/],
        [null, 422, /was refused/]
      ]
      for (const [changed, status, sentence] of releases) {
        assertProblem(yield* publish(target, changed), status, sentence)
      }
      const [tag] = recordsOf(fromMsgpack(recorded("23/01").body ?? new Uint8Array()), "tags")
      assert(tag !== undefined)
      const wrongTags: ReadonlyArray<readonly [tags: Value, status: number, sentence: RegExp]> = [
        [[new Map([...tag, ["commit_id", "HEAD"]])], 422, /tag "2e045544-.*commit_id/],
        [[new Map([...tag, ["commit_id", "f".repeat(64)]])], 404, /no commit f{64}/],
        [[new Map([...tag, ["tag", new Uint8Array(3)]])], 400, /binary has no JSON form/],
        ["none", 400, /field tags must be an array/],
        [[1], 400, /tags\[0\] must be a map/],
        [Array.from({ length: tagsMax + 1 }, () => tag), 413, /more than 1000/]
      ]
      for (const [tags, status, sentence] of wrongTags) {
        assertProblem(yield* post(target, "tags", new Map([["tags", tags]])), status, sentence)
      }
      for (const query of ["?channel=main", "?channel=", "?channel=beta&channel=alpha", "?include_drafts=yes"]) {
        assertProblem(
          yield* call(target, "GET", `releases${query}`),
          400,
          /field (channel|include_drafts) must be/,
          query
        )
      }
      assertSame(yield* ok(call(target, "GET", "releases")), valueOf({ releases: [] }), "nothing was stored")
      assertSame(yield* ok(post(target, "tags", {})), valueOf({ stored: 0 }), "no tags at all")
    })
  )

  it.effect("are sent as JSON on request, and a release is accepted as msgpack too", () =>
    Effect.gen(function* () {
      const { target } = yield* provenance
      const release = sentRelease("20/01")
      const answer = yield* post(target, "releases", release, { accept: "application/json" })
      assert.strictEqual(answer.headers["content-type"], "application/json")
      assertSame(
        yield* ok(Effect.succeed(answer)),
        valueOf({ release_id: textOf(release, "release_id") }),
        "the answer"
      )
      const tags = fromMsgpack(recorded("23/01").body ?? new Uint8Array())
      assertSame(yield* ok(postJson(target, "tags", tags)), valueOf({ stored: 3 }), "tags in JSON")
      const lone = toJson(release).replace(`"title":"First"`, String.raw`"title":"\ud800"`)
      const refused = yield* call(target, "POST", "releases", new TextEncoder().encode(lone), {
        contentType: "application/json"
      })
      assertProblem(refused, 400, /surrogate/)
    })
  )
})
