/**
 * A hub takes over generated repositories of a later legacy hub, with chains of changes, damaged rows, and a process
 * that is stopped at each of its writes.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Commit } from "@musehub/domain/object/Commit"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Slug, UserName } from "@musehub/domain/repository/Names"
import { adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import { Context, Effect, Exit, Layer, Logger } from "effect"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { mishaps, unluckyHub } from "../../domain/crashes/mishaps.ts"
import { visibleState } from "../../domain/crashes/visibleState.ts"
import { at, startHub, storedIds, type TestHub } from "../../domain/support/hubSamples.ts"
import { assertSound } from "../../domain/verify/verified.ts"
import { acquirePostgres } from "../../services/services.ts"
import { forSeeds, type Seeded, seeded } from "../../support/seeded.ts"
import { branchOf, generatedDatabase, generatedId, tipsOf } from "../generatedDatabase.ts"
import { type GeneratedHistory, generatedHistory } from "../generatedHistory.ts"
import { recordsIn, run } from "../legacyDatabase.ts"

const serverUrl = await acquirePostgres()
const repository = RepositoryId.make(generatedId)
const name = { owner: UserName.make("ada"), slug: Slug.make("generated") }
const quiet = Effect.provide(Logger.layer([]))

type Legacy = Layer.Success<ReturnType<typeof recordsIn>>

const adopting = (hub: TestHub, legacy: Context.Context<Legacy>) =>
  at(hub)(
    Effect.provideContext(
      adoptHub({ names: [], mayMint: false, onAdopted: () => Effect.void, onAdopting: () => undefined }),
      legacy
    )
  )

/** Returns the commits that are, or are built upon, one of these. */
const builtUpon = ({ commits }: GeneratedHistory, bad: ReadonlySet<string>): ReadonlySet<string> => {
  const affected = new Set(bad)
  for (const { id, parents } of commits) if (parents.some((parent) => affected.has(parent))) affected.add(id)
  return affected
}

/** Damages the row of a commit, or of what only it leads to. Each returns whether it could. */
const damages: ReadonlyArray<
  (world: { readonly url: string; readonly folder: string }, commit: Commit) => Effect.Effect<unknown>
> = [
  ({ url }, { id }) => run(url, `UPDATE musehub_commits SET message = message || '!' WHERE commit_id = $1`, [id]),
  ({ url }, { id }) => run(url, `UPDATE musehub_commits SET parent_ids = '["${id}"]' WHERE commit_id = $1`, [id]),
  ({ url }, { id }) => run(url, `UPDATE musehub_commits SET parent_ids = '{}' WHERE commit_id = $1`, [id]),
  ({ url }, { id }) => run(url, `UPDATE musehub_commits SET snapshot_id = NULL WHERE commit_id = $1`, [id]),
  ({ url }, { id }) => run(url, `UPDATE musehub_commits SET "timestamp" = 'infinity' WHERE commit_id = $1`, [id])
]

const snapshotDamages: ReadonlyArray<string> = [
  `manifest = '{}', manifest_blob = NULL, delta_blob = NULL`,
  `manifest = NULL, manifest_blob = decode(repeat('91', 100000), 'hex'), delta_blob = NULL`,
  `manifest = NULL, manifest_blob = decode(repeat('00', 49 * 1024 * 1024), 'hex'), delta_blob = NULL`,
  `manifest = NULL, manifest_blob = NULL, delta_blob = decode('82a16180a16290', 'hex')`,
  `manifest = NULL, manifest_blob = NULL, delta_blob = NULL`
]

/** Damages some rows, and returns the commits whose own rows, snapshots or blobs are wrong. */
const damaged = Effect.fnUntraced(function* (
  random: Seeded,
  history: GeneratedHistory,
  world: { readonly url: string; readonly folder: string }
) {
  const bad = new Set<string>()
  for (let count = 0; count < 3; count++) {
    const commit = random.pick(history.commits)
    bad.add(commit.id)
    yield* random.pick(damages)(world, commit)
  }
  const { snapshotId } = random.pick(history.commits)
  const change = random.pick(snapshotDamages)
  yield* run(world.url, `UPDATE musehub_snapshots SET ${change} WHERE snapshot_id = $1`, [snapshotId])
  for (const commit of history.commits) if (commit.snapshotId === snapshotId) bad.add(commit.id)
  const [lost] = random.pick([...history.blobs])
  yield* Effect.promise(() => rm(join(world.folder, generatedId, lost)))
  for (const commit of history.commits) {
    const files = [...(history.manifests.get(commit.snapshotId) ?? new Map()).values()]
    if (files.includes(lost)) bad.add(commit.id)
  }
  return bad
})

describe("adopting a generated legacy hub", () => {
  it.effect("brings chains of changes whole", () =>
    forSeeds(
      4,
      Effect.fnUntraced(function* (random) {
        const history = generatedHistory(random, { commits: 150, wholeEvery: 40, branching: 0.15 })
        const { folder, url } = yield* generatedDatabase(serverUrl, history)
        const hub = yield* startHub()
        const adopted = yield* adopting(hub, yield* Layer.build(recordsIn(url, folder)))
        assert.deepStrictEqual(
          adopted.repositories.flatMap(({ quarantined }) => quarantined),
          []
        )
        const stored = yield* storedIds(hub.store, repository)
        assert.deepStrictEqual(new Set(stored.commit), new Set(history.commits.map(({ id }) => id)))
        assert.deepStrictEqual(new Set(stored.snapshot), new Set(history.manifests.keys()))
        const state = yield* visibleState(hub, name)
        assert.isDefined(state)
        yield* assertSound(hub)
      })
    ).pipe(quiet, Effect.scoped)
  )

  it.effect("names each damaged row, and brings none of what is built upon it", () =>
    forSeeds(
      6,
      Effect.fnUntraced(function* (random) {
        const history = generatedHistory(random, { commits: 100, wholeEvery: 20, branching: 0.4 })
        const world = yield* generatedDatabase(serverUrl, history)
        const bad = yield* damaged(random, history, world)
        const hub = yield* startHub()
        const adopted = yield* adopting(hub, yield* Layer.build(Layer.orDie(recordsIn(world.url, world.folder))))
        const named = new Set(adopted.repositories.flatMap((each) => each.quarantined.map(({ row }) => row)))
        const affected = builtUpon(history, bad)
        // A commit that is built upon a damaged one is not looked at.
        const roots = history.commits.filter(
          ({ id, parents }) => bad.has(id) && !parents.some((parent) => affected.has(parent))
        )
        for (const { id } of roots) assert.include(named, `commit ${id}`)
        const stored = yield* storedIds(hub.store, repository)
        assert.deepStrictEqual(
          stored.commit.filter((id) => affected.has(id)),
          []
        )
        for (const tip of tipsOf(history)) {
          assert.strictEqual(named.has(`branch ${branchOf(tip)}`), affected.has(tip.id), tip.id)
        }
        yield* assertSound(hub)
      })
    ).pipe(quiet, Effect.scoped)
  )

  it.effect("goes on after each write that it is stopped at, and ends as if it had not been", () =>
    Effect.gen(function* () {
      const history = generatedHistory(seeded(3), { commits: 30, wholeEvery: 10, branching: 0.2 })
      const { folder, url } = yield* generatedDatabase(serverUrl, history)
      const legacy = yield* Layer.build(recordsIn(url, folder))
      const calm = yield* startHub()
      yield* adopting(calm, legacy)
      const whole = yield* visibleState(calm, name)
      assert.isDefined(whole)
      for (const title of ["stops before a write", "loses the answer of a write"] as const) {
        const mishap = mishaps[title]
        assert.isDefined(mishap)
        if (mishap === undefined) continue
        let nth = 1
        for (; ; nth++) {
          const { index, store } = yield* startHub()
          const unlucky = yield* unluckyHub({ index, store }, mishap, nth)
          const exit = yield* Effect.exit(adopting(unlucky.hub, legacy))
          if (!unlucky.isMet()) break
          unlucky.mend()
          if (title === "stops before a write") assert.isTrue(Exit.isFailure(exit), `write ${nth}`)
          const again = yield* startHub({ index, store })
          yield* adopting(again, legacy)
          const state = yield* visibleState(again, name)
          assert.deepStrictEqual(state?.cloned, whole?.cloned, `write ${nth}`)
        }
        assert.isAbove(nth, 5, "it was stopped at writes")
      }
    }).pipe(quiet, Effect.scoped)
  )
})
