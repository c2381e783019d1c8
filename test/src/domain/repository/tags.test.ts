/**
 * Tags and releases: stored all or none, records stored before the root names them, repeated sends, drafts that only
 * writers see, and how records from outside are read.
 */
import { releasesKind, tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "@musehub/domain/base/Slices"
import { Roots } from "@musehub/domain/invariant/Roots"
import { sha256 } from "@musehub/domain/object/Digest"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import { ReleaseId, type Release, type Tag, TagId } from "@musehub/domain/repository/Tag"
import { UserName } from "@musehub/domain/repository/Names"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { refsBytesMax } from "@musehub/domain/repository/rule/rootRoom"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { listReleases, pageOfReleases, showRelease } from "@musehub/domain/usecase/tags/listReleases"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { decodingRelease, tagOf } from "@musehub/domain/usecase/tags/records"
import { deleteTag, storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { Effect, Option, Result } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { injecting, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryStore, someCommit } from "../support/rootSamples.ts"
import { claiming, entriesOf } from "../../support/shortRefs.ts"

const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2" }, [first])

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`

const tag = (number: number, label = "emotion:joyful", { commit } = first): Tag => ({
  tag_id: TagId.make(uuid(number)),
  repo_id: uuid(0),
  commit_id: commit.id,
  tag: label,
  created_at: "2026-11-22T15:10:09.649238+00:00"
})

const release = (number: number, version: string, fields: Partial<Release> = {}): Release => ({
  release_id: ReleaseId.make(uuid(number)),
  repo_id: uuid(0),
  tag: version,
  semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
  channel: "stable",
  commit_id: first.commit.id,
  snapshot_id: first.snapshot.id,
  title: "One",
  body: "",
  changelog: [],
  agent_id: "",
  model_id: "",
  is_draft: false,
  gpg_signature: "",
  created_at: "2026-11-22T15:10:11.118647+00:00",
  ...fields
})

const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first, second])
  return { hub, repository }
})

const rootOf = (hub: TestHub, repository: Repository) =>
  Effect.map(openedFor(hub, repository, ada, "read"), ({ root }) => root.value)

const store = (hub: TestHub, repository: Repository, tags: ReadonlyArray<Tag>) =>
  Effect.flatMap(opened(hub, repository), (open) => at(hub)(storeTags(open, tags)))

const publish = (hub: TestHub, repository: Repository, wanted: Release) =>
  Effect.flatMap(opened(hub, repository), (open) => at(hub)(publishRelease(open, wanted)))

const withRoot = (hub: TestHub, repository: Repository, parts: Partial<Root>) =>
  at(hub)(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository.id, () =>
        Effect.succeed({
          root: parts,
          change: { action: "store-tags", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
        })
      )
    )
  )

const json = (record: Tag | Release): JsonObject => ({ ...record })

const releaseOf = (record: JsonValue) => atOnce(decodingRelease(record))

describe("tags", () => {
  it.effect("are stored once, listed by id page by page, and deleted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const tags = [tag(3), tag(1, "stage:rough mix"), tag(2, "emotion:joyful", second)]
      assert.deepStrictEqual(yield* store(hub, repository, tags), { stored: 3 })
      const { sequence } = yield* rootOf(hub, repository)
      assert.deepStrictEqual(yield* store(hub, repository, tags), { stored: 0 })
      assert.strictEqual((yield* rootOf(hub, repository)).sequence, sequence, "the same again writes nothing")
      assert.deepStrictEqual(yield* store(hub, repository, [tag(4), tag(4), tag(3)]), { stored: 1 })
      assert.deepStrictEqual(yield* store(hub, repository, []), { stored: 0 })

      const open = yield* openedFor(hub, repository, null, "read")
      const page = yield* at(hub)(listTags(open, { limit: 2 }))
      assert.deepStrictEqual(page.items, [tag(1, "stage:rough mix"), tag(2, "emotion:joyful", second)])
      const rest = yield* at(hub)(listTags(open, { after: Option.getOrThrow(page.next), limit: 2 }))
      assert.deepStrictEqual(rest, { items: [tag(3), tag(4)], next: Option.none() })

      const remove = (id: string) => Effect.flatMap(opened(hub, repository), (writer) => at(hub)(deleteTag(writer, id)))
      yield* remove(uuid(2))
      assert.strictEqual((yield* Effect.flip(remove(uuid(2))))._tag, "TagUnknown")
      assert.strictEqual((yield* Effect.flip(remove("../x")))._tag, "TagUnknown")
      assert.deepStrictEqual(
        entriesOf((yield* rootOf(hub, repository)).tags).map(([id]) => String(id)),
        [uuid(1), uuid(3), uuid(4)]
      )
    })
  )

  it.effect("are stored all or none: an invalid one keeps out the others", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const other = step("other", { "b.txt": "1" }, [first])
      assert.strictEqual((yield* Effect.flip(pushSteps(hub, repository, "main", [other])))._tag, "NonFastForward")
      for (const { commit } of [other, { commit: { id: someCommit("none") } }]) {
        const refused = yield* Effect.flip(store(hub, repository, [tag(1), { ...tag(2), commit_id: commit.id }]))
        assert.strictEqual(refused._tag, "CommitUnknown")
      }
      const doubled = yield* Effect.flip(store(hub, repository, [tag(1), tag(2), tag(1, "other")]))
      assert.strictEqual(doubled._tag, "TagConflict")
      assert.strictEqual((yield* rootOf(hub, repository)).tags.count, 0)
      yield* store(hub, repository, [tag(1)])
      const taken = yield* Effect.flip(store(hub, repository, [tag(2), tag(1, "other")]))
      assert.strictEqual(taken._tag, "TagConflict")
      assert.strictEqual((yield* rootOf(hub, repository)).tags.count, 1)
    })
  )

  it.effect("for whose labels there is no room are refused whole, before their records are stored", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const labelled = (from: number) =>
        Array.from({ length: 100 }, (_, n) => tag(from + n, "long ".repeat(100).trim()))
      assert.deepStrictEqual(yield* store(hub, repository, labelled(1)), { stored: 100 })
      const { tags } = yield* rootOf(hub, repository)
      yield* withRoot(hub, repository, { tags: claiming(tags, { bytes: refsBytesMax - 10_000 }) })
      const calls = callCount()
      const counted = yield* startHub({ ...hub, store: interposed(hub.store, calls.interpose) })
      const refused = yield* Effect.flip(store(counted, repository, labelled(2001)))
      assert.strictEqual(refused._tag, "RootFull")
      assert.match(refused.message, /50331648 is the limit \(tags \d+, .*\); delete tags first, or use shorter names/)
      assert.deepStrictEqual(calls.of("documents.write"), [])
      assert.strictEqual((yield* rootOf(hub, repository)).tags.count, 100)
      assert.deepStrictEqual(yield* store(hub, repository, [tag(2001, "short")]), { stored: 1 })
    })
  )

  it.effect("are in the store before the root names them", () =>
    Effect.gen(function* () {
      const whole = yield* memoryStore
      const before = yield* startHub({ store: whole })
      const repository = yield* newRepository(before)
      yield* pushSteps(before, repository, "main", [first])
      const faults = scripted([{ operation: "documents.write", path: /\/tags\//, fault: { failBefore: true } }])
      const hub = yield* startHub({ store: interposed(whole, injecting(faults)), index: before.index })
      assert.strictEqual(
        (yield* Effect.flip(whileTimePasses(store(hub, repository, [tag(1)]))))._tag,
        "StoreUnavailable"
      )
      assert.strictEqual((yield* rootOf(before, repository)).tags.count, 0)
    })
  )

  it.effect("are limited in number", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const record = sha256("x")
      const entry = { tag: "x", commit: first.commit.id, record }
      const ids = Array.from({ length: 100 }, (_, place) => TagId.make(uuid(place)))
      const some = RefList.of(
        tagsKind,
        ids.map((id) => [id, entry])
      )
      yield* withRoot(hub, repository, { tags: some })
      const { tags } = yield* rootOf(hub, repository)
      yield* withRoot(hub, repository, { tags: claiming(tags, { count: repositoryLimits.tags - 1 }) })
      const more = [tag(800_000), tag(800_001)]
      assert.strictEqual((yield* Effect.flip(store(hub, repository, more)))._tag, "RepositoryFull")
      assert.deepStrictEqual(yield* store(hub, repository, [tag(800_000)]), { stored: 1 })
      assert.deepStrictEqual(yield* store(hub, repository, [tag(800_000)]), { stored: 0 })
    })
  )

  it.effect("are all kept when several writers add them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const stored = yield* Effect.forEach([1, 2, 3, 4, 4], (number) => store(hub, repository, [tag(number)]), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(stored.map((each) => each.stored).toSorted(), [0, 1, 1, 1, 1])
      assert.strictEqual((yield* rootOf(hub, repository)).tags.count, 4)
    })
  )
})

describe("releases", () => {
  it.effect("are listed newest first, by channel, and shown by their tag, even with spaces", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const spaced = release(3, " v1.2.0 ", { channel: "beta" })
      const published = [release(1, "v1.0.0"), release(2, "v1.1.0-beta.1", { channel: "beta" }), spaced]
      for (const each of published) assert.deepStrictEqual(yield* publish(hub, repository, each), each)
      const open = yield* openedFor(hub, repository, null, "read")
      assert.deepStrictEqual(yield* at(hub)(listReleases(open, { drafts: false })), published.toReversed())
      const beta = yield* at(hub)(listReleases(open, { channel: "beta", drafts: true }))
      assert.deepStrictEqual(
        beta.map((each) => each.tag),
        [" v1.2.0 ", "v1.1.0-beta.1"]
      )
      assert.deepStrictEqual(yield* at(hub)(showRelease(open, " v1.2.0 ")), spaced)
      assert.strictEqual((yield* Effect.flip(at(hub)(showRelease(open, "v1.2.0"))))._tag, "ReleaseUnknown")
      const remove = (wanted: string) =>
        Effect.flatMap(opened(hub, repository), (writer) => at(hub)(deleteRelease(writer, wanted)))
      yield* remove("v1.0.0")
      assert.strictEqual((yield* Effect.flip(remove("v1.0.0")))._tag, "ReleaseUnknown")
      yield* publish(hub, repository, release(1, "v1.0.0", { title: "Once more" }))
      assert.deepStrictEqual(
        entriesOf((yield* rootOf(hub, repository)).releases).map(([each]) => each),
        [" v1.2.0 ", "v1.0.0", "v1.1.0-beta.1"]
      )
    })
  )

  it.effect("cannot be changed, except drafts until they are published", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const draft = release(1, "v1.0.0", { is_draft: true })
      yield* publish(hub, repository, draft)
      yield* publish(hub, repository, release(2, "v2.0.0"))
      const { sequence } = yield* rootOf(hub, repository)
      yield* publish(hub, repository, draft)
      assert.strictEqual((yield* rootOf(hub, repository)).sequence, sequence, "the same again writes nothing")
      const taken = yield* Effect.flip(publish(hub, repository, release(3, "v1.0.0")))
      assert.strictEqual(taken._tag, "ReleaseExists")
      const foreign = yield* Effect.flip(publish(hub, repository, release(2, "v3.0.0")))
      assert.strictEqual(foreign._tag, "ReleaseRefused")
      yield* publish(hub, repository, { ...draft, title: "Edited" })
      const published = { ...draft, title: "Published", is_draft: false }
      yield* publish(hub, repository, published)
      yield* publish(hub, repository, published)
      const changed = yield* Effect.flip(publish(hub, repository, { ...published, title: "Changed" }))
      assert.strictEqual(changed._tag, "ReleaseExists")
      const open = yield* openedFor(hub, repository, null, "read")
      assert.deepStrictEqual(yield* at(hub)(listReleases(open, { drafts: false })), [published, release(2, "v2.0.0")])
    })
  )

  it.effect("as drafts are shown on request to those who may write, with a token for this repository", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const elsewhere = yield* newRepository(hub, "elsewhere")
      yield* publish(hub, repository, release(1, "v1.0.0", { is_draft: true }))
      const seen = Effect.fnUntraced(function* (by: typeof ada | null, drafts = true) {
        const open = yield* openedFor(hub, repository, by, "read")
        const shown = yield* Effect.result(at(hub)(showRelease(open, "v1.0.0")))
        const listed = yield* at(hub)(listReleases(open, { drafts }))
        return [listed.length, Result.isSuccess(shown)]
      })
      assert.deepStrictEqual(yield* seen(ada), [1, true])
      assert.deepStrictEqual(yield* seen(ada, false), [0, true])
      assert.deepStrictEqual(yield* seen(bob), [0, false])
      assert.deepStrictEqual(yield* seen(null), [0, false])
      assert.deepStrictEqual(yield* seen(person("ada", { repository: elsewhere.id })), [0, false])
      assert.deepStrictEqual(yield* seen(person("ada", { repository: repository.id })), [1, true])
      yield* withRoot(hub, repository, { grants: [[UserName.make("bob"), "write"]] })
      assert.deepStrictEqual(yield* seen(bob), [1, true])
    })
  )

  it.effect("refer to existing commits, with their own snapshot", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const unpushed = yield* Effect.flip(
        publish(hub, repository, release(1, "v1.0.0", { commit_id: someCommit("none") }))
      )
      assert.strictEqual(unpushed._tag, "ReleaseRefused")
      assert.match(unpushed.message, /push it first/)
      const mixed = yield* Effect.flip(
        publish(hub, repository, release(1, "v1.0.0", { snapshot_id: second.snapshot.id }))
      )
      assert.strictEqual(mixed._tag, "ReleaseRefused")
      assert.strictEqual((yield* rootOf(hub, repository)).releases.count, 0)
    })
  )

  it.effect("are limited in number", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const releases = Array.from({ length: repositoryLimits.releases }, (_, place) => {
        const id = ReleaseId.make(uuid(place))
        const entry = { id, channel: "stable" as const, draft: place === 0, record: sha256("x"), order: place }
        return [`v0.0.${place}`, entry] as const
      })
      yield* withRoot(hub, repository, { releases: RefList.of(releasesKind, releases) })
      assert.strictEqual((yield* Effect.flip(publish(hub, repository, release(9999, "v1.0.0"))))._tag, "RepositoryFull")
      yield* publish(hub, repository, release(0, "v0.0.0"))
    })
  )

  it.effect("are listed page by page, and a page goes on where the last one ended", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const tags = ["v1.0.0", "v1.1.0", "v1.2.0"]
      for (const [place, each] of tags.entries()) yield* publish(hub, repository, release(place, each))
      const open = yield* openedFor(hub, repository, null, "read")
      const page = (after?: string) =>
        Effect.map(at(hub)(pageOfReleases(open, { drafts: false }, { after, limit: 2 })), ({ items, next }) => [
          items.map((each) => each.tag),
          Option.getOrNull(next)
        ])
      assert.deepStrictEqual(yield* page(), [["v1.2.0", "v1.1.0"], "v1.1.0"])
      assert.deepStrictEqual(yield* page("v1.1.0"), [["v1.0.0"], null])
      assert.strictEqual((yield* Effect.flip(page("v0.1.0")))._tag, "CursorRefused")
    })
  )

  it.effect("are listed whole or not at all", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const changelog = Array.from({ length: 105 }, () => ({
        commit_id: first.commit.id,
        message: "m".repeat(65_536),
        sem_ver_bump: "none",
        breaking_changes: [],
        author: "",
        committed_at: "",
        agent_id: "",
        model_id: ""
      }))
      for (let place = 0; place < 10; place++) {
        yield* publish(hub, repository, release(place, `v0.0.${place}`, { changelog }))
      }
      const open = yield* openedFor(hub, repository, null, "read")
      const refused = yield* Effect.flip(at(hub)(listReleases(open, { drafts: false })))
      assert.strictEqual(refused._tag, "ReleasesTooLarge")
      assert.deepStrictEqual(yield* at(hub)(listReleases(open, { channel: "beta", drafts: false })), [])
    })
  )
})

describe("records from outside", () => {
  const refusal = (result: Result.Result<unknown, { readonly message: string }>) =>
    Result.isFailure(result) ? result.failure.message : "accepted"

  it("of tags name the tag and the wrong member, and drop unknown members", () => {
    assert.deepStrictEqual(tagOf({ ...json(tag(1)), mood: "later" }), Result.succeed(tag(1)))
    const wrong: ReadonlyArray<readonly [member: string, value: JsonValue]> = [
      ["commit_id", "HEAD"],
      ["commit_id", null],
      ["tag", ""],
      ["tag", "x".repeat(501)],
      ["tag", "\ud800"],
      ["created_at", 5],
      ["repo_id", ["x"]]
    ]
    for (const [member, value] of wrong) {
      const message = refusal(tagOf({ ...json(tag(1)), [member]: value }))
      assert.include(message, uuid(1))
      assert.match(message, new RegExp(`was refused: ${member}\\S* (must|is) `))
    }
    assert.include(refusal(tagOf({ ...json(tag(1)), tag_id: "../x" })), "tag_id must be a UUID")
    for (const value of [null, "x", [], 5]) assert.include(refusal(tagOf(value)), "was refused")
  })

  it("of releases get the client's own defaults for missing members", () => {
    const sent = { release_id: uuid(1), commit_id: first.commit.id, snapshot_id: first.snapshot.id }
    const semver = { major: 1, minor: 2, patch: 3, pre: "beta.1-x", build: "build.5-y" }
    const least = releaseOf({ ...sent, tag: " v1.2.3-beta.1-x+build.5-y ", changelog: [{ message: "m" }] })
    assert.deepStrictEqual(
      least,
      Result.succeed(
        release(1, " v1.2.3-beta.1-x+build.5-y ", {
          repo_id: "",
          semver,
          title: "",
          created_at: "",
          changelog: [
            {
              commit_id: "",
              message: "m",
              sem_ver_bump: "none",
              breaking_changes: [],
              author: "",
              committed_at: "",
              agent_id: "",
              model_id: ""
            }
          ]
        })
      )
    )
    const whole = release(1, "v1.0.0", { channel: "nightly", is_draft: true })
    assert.deepStrictEqual(releaseOf({ ...json(whole), later: { x: 1 }, changelog: null }), Result.succeed(whole))
  })

  it("of releases name the release and the wrong member", () => {
    const wrong: ReadonlyArray<readonly [member: string, value: JsonValue]> = [
      ["tag", "latest"],
      ["tag", "v01.2.3"],
      ["tag", "a/b"],
      ["channel", "main"],
      ["is_draft", 1],
      ["semver", { major: "1" }],
      ["semver", { major: 10n ** 18n, minor: 0, patch: 0, pre: "", build: "" }],
      ["changelog", "none"],
      ["changelog", [null]],
      ["body", "x".repeat(262_145)],
      ["release_id", "1"],
      ["title", "\udfff"]
    ]
    for (const [member, value] of wrong) {
      const message = refusal(releaseOf({ ...json(release(1, "v1.0.0")), [member]: value }))
      assert.match(message, new RegExp(`was refused: ${member}\\S* (must|is) `))
    }
    const change = { ...json(release(1, "v9.9.9")), changelog: [{ message: "m" }, { message: 1 }] }
    assert.include(refusal(releaseOf(change)), "changelog[1].message must be a string")
    const changes = Array.from({ length: 10_001 }, () => ({}))
    assert.include(refusal(releaseOf({ ...change, changelog: changes })), "changelog must have at most 10000 items")
    assert.include(refusal(releaseOf({ ...json(release(1, "v9.9.9")), title: 1 })), `"v9.9.9"`)
    for (const value of [null, "x", [], 5]) assert.include(refusal(releaseOf(value)), "was refused")
    assert.include(refusal(releaseOf(JSON.parse(`{"__proto__":{"tag":"v1.0.0"}}`) as JsonObject)), "was refused")
  })
})
