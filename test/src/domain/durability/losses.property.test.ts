/** Random programs of pushes and losses: nothing is acknowledged that is not there, and a push of everything heals. */
import { assert, it } from "@effect/vitest"
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import type { CommitId } from "@musehub/domain/object/Id"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import type { Repository } from "@musehub/domain/repository/Root"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import type { Store } from "../../support/interposedStore.ts"
import {
  at,
  clone,
  headsOf,
  newRepository,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { alter, copyStore, pushWhole } from "../support/losses.ts"
import { reached } from "../support/RandomHistory.ts"

const large = "large ".repeat(50_000)

/** Reads what a step brings in, as a hub does that knows the store alone. */
const assertThere = Effect.fnUntraced(function* (
  store: Store,
  { id }: Repository,
  one: Step,
  parents: ReadonlyArray<Step>
) {
  const fresh = yield* startHub({ store })
  yield* at(fresh)(readCommit(id, one.commit.id))
  yield* at(fresh)(readSnapshot(id, one.snapshot.id))
  const inherited = new Set(parents.flatMap(({ snapshot }) => [...snapshot.manifest.values()]))
  for (const blob of one.snapshot.manifest.values()) if (!inherited.has(blob)) yield* at(fresh)(readBlob(id, blob))
})

/**
 * Loses or changes one pack or large blob. Returns whether a hub can tell from its size: one that runs asks for that
 * again after a minute, and a change is found by who reads it.
 */
const loseOne = Effect.fnUntraced(function* (random: Seeded, store: Store, repository: Repository) {
  const type = random.chance(0.2) ? "blob" : "pack"
  const { items } = yield* store.list(repository.id, type, { limit: 1000 })
  if (items.length === 0) return true
  const { id, size } = random.pick(items)
  const key = { repository: repository.id, type, id } as ImmutableKey
  const where = random.below(size)
  switch (random.below(3)) {
    case 0:
      yield* store.delete(key)
      return true
    case 1:
      yield* alter(store, key, (bytes) => bytes.subarray(0, where))
      return true
    default:
      yield* alter(store, key, (bytes) => bytes.map((byte, at) => (at === where ? byte ^ 1 : byte)))
      return false
  }
})

const lossTags = ["PackLost", "ObjectMissing", "ObjectCorrupt", "ObjectsMissing"]

interface World {
  hub: TestHub
  /** Pushes that were refused, and objects that were put back. */
  refused: number
  restored: number
  /** Whether something was lost that no push has put back. */
  isWhole: boolean
  readonly repository: Repository
  readonly steps: Map<CommitId, Step>
  readonly heads: Map<string, Step>
}

const pushOne = Effect.fnUntraced(function* (random: Seeded, world: World) {
  const { heads, hub, repository, steps } = world
  const branch = random.pick(["main", "dev"])
  const others = [...heads.values()]
  const head = heads.get(branch) ?? (others.length === 0 ? undefined : random.pick(others))
  const files = {
    song: random.pick(["one", "two", `new ${random.below(1000)}`]),
    ...(random.chance(0.2) ? { large } : {}),
    [`part-${random.below(4)}`]: `part ${random.below(5)}`
  }
  const next = step(`commit ${steps.size} ${random.next()}`, files, head === undefined ? [] : [head])
  steps.set(next.commit.id, next)
  heads.set(branch, next)
  const theirs = Object.values(yield* headsOf(hub, repository))
  const had = new Set(reached(steps, theirs))
  const bundle = reached(steps, [next.commit.id]).filter((each) => !had.has(each))
  const push = random.chance(0.5) ? pushSteps : pushWhole
  const pushed: Effect.Effect<unknown, { readonly _tag: string }> = push(hub, repository, branch, bundle, {
    force: true
  })
  const outcome = yield* Effect.result(
    Effect.retry(pushed, { times: 3, while: ({ _tag }) => _tag === "IndexUnavailable" })
  )
  if (outcome._tag === "Failure") {
    assert.include(lossTags, outcome.failure._tag)
    world.refused += 1
    return assert.isFalse(world.isWhole, `nothing was lost, and yet: ${String(outcome.failure)}`)
  }
  for (const one of bundle) {
    const parents = one.commit.parents.flatMap((id) => steps.get(id) ?? [])
    yield* assertThere(hub.store, repository, one, parents)
  }
  if (world.isWhole) yield* clone(yield* startHub({ store: hub.store }), repository, [next.commit.id])
})

/** Pushes all of each branch, as clients do that have everything. */
const heal = Effect.fnUntraced(function* (world: World) {
  const { heads, hub, repository, steps } = world
  for (const [branch, head] of heads) {
    const { took } = yield* pushWhole(hub, repository, branch, reached(steps, [head.commit.id]), { force: true }).pipe(
      Effect.retry({ times: 3, while: ({ _tag }) => _tag === "IndexUnavailable" })
    )
    if (!world.isWhole) world.restored += took.commits + took.snapshots + took.blobs
  }
  world.isWhole = true
  const tips = [...new Set([...heads.values()].map(({ commit }) => commit.id))]
  for (const each of [hub, yield* startHub({ store: hub.store })]) yield* clone(each, repository, tips)
})

it.effect("no push is acknowledged that is not in the store, and a push of everything heals every loss", () =>
  Effect.gen(function* () {
    let [refused, restored] = [0, 0]
    yield* forSeeds(12, (random) =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const repository = yield* newRepository(hub)
        const world: World = {
          hub,
          isWhole: true,
          refused: 0,
          restored: 0,
          repository,
          steps: new Map(),
          heads: new Map()
        }
        let older: Store | undefined
        for (let turn = 0; turn < 20; turn += 1) {
          const { store, index } = world.hub
          switch (random.pick(["push", "push", "push", "lose", "heal", "merge", "copy", "back", "index"])) {
            case "push":
              yield* pushOne(random, world)
              break
            case "lose": {
              const isSeen = yield* loseOne(random, store, repository)
              world.isWhole = false
              if (isSeen && random.chance(0.7)) yield* TestClock.adjust("61 seconds")
              else world.hub = yield* startHub({ store, index })
              break
            }
            case "heal":
              if (world.heads.size > 0) yield* heal(world)
              break
            case "merge":
              yield* Effect.result(at(world.hub)(mergePacks(repository.id, 2)))
              break
            case "copy":
              if (world.isWhole) older = yield* copyStore(store, repository)
              break
            case "back":
              if (older === undefined) break
              world.hub = yield* startHub({ store: yield* copyStore(older, repository), index })
              world.isWhole = true
              break
            default:
              world.hub = yield* startHub({ store })
          }
        }
        if (world.heads.size > 0) yield* heal(world)
        refused += world.refused
        restored += world.restored
      })
    )
    assert.isAbove(refused, 3, "losses were noticed")
    assert.isAbove(restored, 20, "and put right")
  })
)
