/** Releases: drafts that only writers see, what is published for good, and lists of them. */
import { releasesKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { ReleaseId, type Release } from "@musehub/domain/repository/Tag"
import { UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { listReleases, pageOfReleases, showRelease } from "@musehub/domain/usecase/tags/listReleases"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { Effect, Option, Result } from "effect"
import { ada, at, bob, newRepository, opened, openedFor, person, type TestHub } from "../../support/hubSamples.ts"
import { someCommit } from "../../support/rootSamples.ts"
import { entriesOf } from "../../../support/shortRefs.ts"
import { first, second } from "./branchSamples.ts"
import { uuid, release, begun, rootOf, withRoot } from "./recordSamples.ts"

const publish = (hub: TestHub, repository: Repository, wanted: Release) =>
  Effect.flatMap(opened(hub, repository), (open) => at(hub)(publishRelease(open, wanted)))

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
