/** Followers and stars that are counted, in memory and on Postgres: against a model, with kills, and made again. */
import { assert, describe, it } from "@effect/vitest"
import { RepositoryName } from "@musehub/domain/repository/Names"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { marks, marksDeriver } from "@musehub/domain/usecase/derive/deriveMarks"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { countFollowers, countStars } from "@musehub/domain/usecase/identities/countMarks"
import { showIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { acceptTransfer, offerTransfer } from "@musehub/domain/usecase/repositories/transferRepository"
import { Effect } from "effect"
import { runStatement } from "../../services/PostgresServer.ts"
import { forSeeds } from "../../support/seeded.ts"
import { emptyHubAt, inMemory, onPostgres } from "../rebuild/proofs.ts"
import {
  ada,
  at,
  bob,
  loseObjects,
  newRepository,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { deriveWithKills } from "./derivingWithKills.ts"
import { expectedCounts, type Known, move, moves, people } from "./identityMoves.ts"

const placesOf = [
  { name: "in memory", place: inMemory, seeds: 8, turns: 30 },
  { name: "on Postgres", place: onPostgres, seeds: 1, turns: 30 }
] as const

const derived = (hub: TestHub, again = false) => at(hub)(derivePending({ deriver: "marks", again }))

const countsIn = Effect.fnUntraced(function* (hub: TestHub) {
  const counts: Record<string, number | null> = {}
  for (const by of people) counts[by.user] = yield* at(hub)(countFollowers(by.user))
  for (const { user } of people) {
    counts[`${user}/song`] = yield* hub.index.countMarks({ kind: "stars", of: `${user}/song` })
  }
  return counts
})

for (const { name, place, seeds, turns } of placesOf) {
  describe(`followers and stars, ${name}`, () => {
    it.live(
      "are those of the documents that count, whatever roots did and whoever is killed, and made again the same",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const hub = yield* emptyHubAt(yield* place)
            const all: Array<Known> = []
            for (const by of people) {
              const repository = yield* newRepository(hub, "identity", { by, domain: "identity" })
              all.push({ by, repository, branches: new Map([["main", []]]), main: "main", isDeleted: false })
            }
            for (const known of all) {
              for (const begin of [moves.push, moves.branch, moves.push]) yield* begin(hub, known, random)
            }
            for (let turn = 0; turn < turns; turn++) {
              yield* move(hub, random.pick(all), random)
              if (random.chance(0.8)) continue
              for (const { repository } of all) {
                if (random.chance(0.5)) yield* deriveWithKills(hub, marks, repository, random)
              }
              assert.deepInclude(yield* derived(hub), { pending: 0 })
              assert.deepStrictEqual<object>(yield* countsIn(hub), expectedCounts(all))
            }
            yield* derived(hub)
            const counts = yield* countsIn(hub)
            assert.deepStrictEqual<object>(counts, expectedCounts(all))
            assert.deepInclude(yield* derived(hub, true), { pending: 0 })
            assert.deepStrictEqual(yield* countsIn(hub), counts)
            // The index is lost.
            const index = (yield* emptyHubAt(yield* place)).index
            const fresh = yield* startHub({ store: hub.store, index })
            yield* at(fresh)(rebuildIndex())
            assert.deepInclude(yield* derived(fresh), { pending: 0 })
            assert.deepStrictEqual(yield* countsIn(fresh), counts)
          }).pipe(Effect.scoped)
        ),
      180_000
    )
  })
}

const social = (said: object) => ({ "social.json": JSON.stringify(said) })

/** A hub where Bob follows Ada and stars her song in a public identity. */
const begun = Effect.fnUntraced(function* (hub: TestHub) {
  for (const { user } of people) yield* at(hub)(ensureUser(user))
  const song = yield* newRepository(hub, "song")
  const identity = yield* newRepository(hub, "identity", { by: bob, domain: "identity" })
  const said = step("said", social({ follows: ["ada"], stars: ["ada/song"] }))
  yield* pushSteps(hub, identity, "main", [said], { by: bob })
  yield* derived(hub)
  const stars = (repository = song, by: Principal | null = null) =>
    Effect.flatMap(openedFor(hub, repository, by, "read"), (open) => at(hub)(countStars(open)))
  const followers = (handle: Principal) => at(hub)(countFollowers(handle.user))
  return { song, identity, said, stars, followers }
})

describe("counts", () => {
  it.effect("are shown with an identity, and are unknown while the index is unavailable", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { song, stars } = yield* begun(hub)
      const shown = yield* at(hub)(showIdentity("ada", null, { limit: 5 }))
      assert.strictEqual(shown.followers, 1)
      assert.strictEqual(yield* stars(), 1)
      const blind = withoutIndex(hub)
      assert.isNull(yield* at(blind)(countStars(yield* openedFor(blind, song, null, "read"))))
    })
  )

  it.effect("are of names: a repository that is renamed or passed on leaves its stars to the name", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { song, stars } = yield* begun(hub)
      const open = yield* openedFor(hub, song, ada, "admin")
      const tune = yield* at(hub)(changeSettings(open, { name: RepositoryName.make("tune") }))
      assert.strictEqual(yield* stars(tune), 0)
      assert.strictEqual(yield* stars(yield* newRepository(hub, "song")), 1)
    })
  )

  it.effect("are told of a private repository to those alone who may read it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { song, stars } = yield* begun(hub)
      yield* at(hub)(changeSettings(yield* openedFor(hub, song, ada, "admin"), { visibility: "private" }))
      assert.strictEqual((yield* Effect.flip(stars()))._tag, "RepositoryUnknown")
      assert.strictEqual((yield* Effect.flip(stars(song, bob)))._tag, "RepositoryUnknown")
      assert.strictEqual(yield* stars(song, ada), 1)
    })
  )

  it.effect("change at once with the visibility and the name of an identity, and with its owner", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { followers, identity, stars } = yield* begun(hub)
      const admin = () => openedFor(hub, identity, bob, "admin")
      yield* at(hub)(changeSettings(yield* admin(), { visibility: "private" }))
      assert.deepStrictEqual([yield* followers(ada), yield* stars()], [0, 0])
      yield* at(hub)(changeSettings(yield* admin(), { visibility: "public" }))
      assert.deepStrictEqual([yield* followers(ada), yield* stars()], [1, 1])
      // To Ada it is what she says of herself, which does not count.
      const offered = yield* at(hub)(offerTransfer(yield* admin(), "ada"))
      yield* at(hub)(acceptTransfer(yield* openedFor(hub, offered, ada, "participate")))
      assert.deepStrictEqual([yield* followers(ada), yield* stars()], [0, 0])
    })
  )

  it.effect("have a fork of an identity too, as what its owner says", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { followers, identity, stars } = yield* begun(hub)
      yield* at(hub)(forkRepository(yield* openedFor(hub, identity, person("carol"), "read"), {}))
      yield* derived(hub)
      assert.deepStrictEqual([yield* followers(ada), yield* stars()], [2, 2])
    })
  )

  it.effect("stay as they are while an identity cannot be read, which stays pending", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { followers, identity, said } = yield* begun(hub)
      yield* pushSteps(hub, identity, "main", [step("more", social({ follows: ["carol"] }), [said])], { by: bob })
      yield* loseObjects(hub.store, identity.id)
      const lossy = yield* startHub(hub)
      assert.deepStrictEqual(yield* derived(lossy), { commits: 1, pending: 1 })
      assert.deepStrictEqual(yield* derived(lossy), { commits: 1, pending: 1 })
      assert.strictEqual(yield* followers(ada), 1)
    })
  )

  it.live("are without rows that are damaged, until they are made again", () =>
    Effect.gen(function* () {
      const place = yield* onPostgres
      const hub = yield* emptyHubAt(place)
      const { followers, identity, stars } = yield* begun(hub)
      const damaging = [
        ["UPDATE marks SET mark_sha256 = set_byte(mark_sha256, 3, get_byte(mark_sha256, 3) # 4)", [0, 0]],
        ["UPDATE marks SET repository = 'z' || repository", [0, 0]],
        ["INSERT INTO marks SELECT DISTINCT m.mark_sha256, 'x' FROM marks m", [1, 1]],
        ["DELETE FROM marks", [0, 0]]
      ] as const
      for (const [statement, expected] of damaging) {
        yield* runStatement(place.url, statement)
        assert.deepStrictEqual<unknown>([yield* followers(ada), yield* stars()], expected, statement)
        yield* at(hub)(derivePending({ deriver: "marks", again: true, repositories: [identity.id] }))
        assert.deepStrictEqual([yield* followers(ada), yield* stars()], [1, 1])
      }
      assert.isTrue(yield* hub.index.startDeriver(marksDeriver))
    }).pipe(Effect.scoped)
  )
})
