/** Work that is derived in the background: after a push, and what another hub has left. */
import { assert, describe, it } from "@effect/vitest"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Deriving, layer as deriving } from "@musehub/domain/usecase/derive/Deriving"
import { roundCommits, touchesDeriver } from "@musehub/domain/usecase/derive/deriveTouches"
import { Context, Effect, Layer } from "effect"
import { at, newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"

/** A hub that derives in the background. */
const derivingHub = Effect.fnUntraced(function* (hub: TestHub) {
  const services = yield* Layer.build(
    Layer.provide(Layer.fresh(deriving({ delay: 0, pause: 5 })), Layer.succeedContext(hub.services))
  )
  const made: TestHub = { ...hub, services: Context.merge(hub.services, services) }
  return made
})

const untilDerived = Effect.fnUntraced(function* ({ index }: TestHub) {
  while ((yield* index.pendingCommits("touches")) > 0) yield* Effect.sleep(1)
})

const [one, two] = [step("one", { a: "1" }), step("two", { a: "2" })]

describe("a hub that derives", () => {
  it.live("derives what is pushed, and goes on after the index was away", () =>
    Effect.gen(function* () {
      const plain = yield* startHub()
      let isAway = true
      const index = {
        ...plain.index,
        underived: (...args: Parameters<typeof plain.index.underived>) =>
          Effect.suspend(() => (isAway ? Effect.die("away") : plain.index.underived(...args)))
      }
      const hub = yield* derivingHub(yield* startHub({ ...plain, index }))
      const { id } = yield* Effect.tap(newRepository(hub), (repository) => pushSteps(hub, repository, "main", [one]))
      yield* Effect.sleep(20)
      assert.strictEqual(yield* index.pendingCommits("touches"), 1)
      isAway = false
      yield* untilDerived(hub)
      assert.lengthOf(yield* index.touchesOf(id, "a", { limit: 5 }), 1)
    }).pipe(Effect.scoped)
  )

  it.live(
    "reads identities once their roots move, and asks nothing about follows and stars for other repositories",
    () =>
      Effect.gen(function* () {
        const plain = yield* startHub()
        const held = new Set<string>()
        const index: TestHub["index"] = {
          ...plain.index,
          holdDerivation: (of, ...rest) => {
            if (of.deriver === "marks") held.add(of.repository)
            return plain.index.holdDerivation(of, ...rest)
          }
        }
        const hub = yield* derivingHub(yield* startHub({ ...plain, index }))
        yield* pushSteps(hub, yield* newRepository(hub), "main", [one])
        const identity = yield* newRepository(hub, "identity", { domain: "identity" })
        const said = step("said", { "social.json": JSON.stringify({ follows: ["bob"] }) })
        const followers = index.countMarks({ kind: "follows", of: "bob" })
        yield* pushSteps(hub, identity, "main", [said])
        while ((yield* followers) !== 1) yield* Effect.sleep(1)
        yield* pushSteps(hub, identity, "main", [two], { force: true })
        while ((yield* followers) !== 0) yield* Effect.sleep(1)
        yield* untilDerived(hub)
        assert.deepStrictEqual([...held], [identity.id])
      }).pipe(Effect.scoped)
  )

  it.live("gives way to requests that change something, though not for ever", () =>
    Effect.gen(function* () {
      const hub = yield* derivingHub(yield* startHub())
      const { givingWayTo } = Context.get(hub.services, Deriving)
      const repository = yield* newRepository(hub)
      const request = Effect.gen(function* () {
        yield* pushSteps(hub, repository, "main", [one])
        yield* Effect.sleep(100)
        return yield* hub.index.pendingCommits("touches")
      })
      assert.strictEqual(yield* givingWayTo(request), 1)
      yield* untilDerived(hub)
      yield* givingWayTo(Effect.andThen(pushSteps(hub, repository, "other", [two]), untilDerived(hub)))
      assert.lengthOf(yield* hub.index.touchesOf(repository.id, "a", { limit: 5 }), 2)
    }).pipe(Effect.scoped)
  )

  it.live("works off what other hubs of its index have left", () =>
    Effect.gen(function* () {
      const former = yield* startHub()
      const names = ["first", "second", "third"]
      const repositories = yield* Effect.forEach(names, (name) => newRepository(former, name))
      yield* Effect.forEach(repositories, (repository) => pushSteps(former, repository, "main", [one]))
      const hub = yield* derivingHub(yield* startHub(former))
      yield* untilDerived(hub)
      const [first] = repositories
      if (first === undefined) throw new Error("three were made")
      yield* pushSteps(former, first, "other", [two])
      yield* untilDerived(hub)
      assert.lengthOf(yield* hub.index.touchesOf(first.id, "a", { limit: 5 }), 2)
    }).pipe(Effect.scoped)
  )

  it.live("leaves the work to a later version, before it begins and in the middle", () =>
    Effect.gen(function* () {
      const later = { ...touchesDeriver, version: touchesDeriver.version + 1 }
      const history = [one]
      for (let number = 0; number < roundCommits; number += 1) {
        history.push(step(`${number}`, { a: `${number}` }, history.slice(-1)))
      }
      const hub = yield* startHub()
      const { id } = yield* Effect.tap(newRepository(hub), (repository) => pushSteps(hub, repository, "main", history))
      let rounds = 0
      const told = () =>
        Effect.suspend(() => {
          rounds += 1
          return Effect.orDie(hub.index.startDeriver(later))
        })
      const middle = yield* Effect.timeout(at(hub)(derivePending({ told })), "20 seconds")
      assert.deepStrictEqual([rounds, middle.commits, middle.pending], [1, roundCommits, history.length])
      const after = yield* Effect.timeout(at(hub)(derivePending({ again: true })), "20 seconds")
      assert.deepStrictEqual(after, { commits: 0, pending: history.length })
      assert.isTrue(yield* hub.index.holdDerivation({ deriver: "touches", repository: id }, "another", 1000))
    })
  )
})
