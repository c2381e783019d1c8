/**
 * Moving roots: every accepted move is in the chain exactly once, and every refused one is absent and was reported as
 * refused, whatever answers are lost, whatever other writers do, and however calls overtake each other.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Decision } from "@musehub/domain/invariant/Roots"
import { Audit, type AuditEvent } from "@musehub/domain/port/Audit"
import { BranchName } from "@musehub/domain/repository/Names"
import { RootContended, RootExists, RootMissing, RootOutcomeUnknown } from "@musehub/domain/repository/rootErrors"
import type { CommitId } from "@musehub/domain/object/Id"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Deferred, Effect, Exit, Fiber, References, Result } from "effect"
import { ignoringConditions } from "../../support/brokenStore.ts"
import { callCount, historyPath, rootPath } from "../../support/countingStore.ts"
import { type Faults, injecting, random, type Rule, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  advancing,
  chainOf,
  change,
  changesOf,
  firstRoot,
  memoryIndex,
  memoryStore,
  newRepositoryId,
  Refused,
  rootsOver,
  setting,
  someCommit
} from "../support/rootSamples.ts"
import { entriesOf, headOf } from "../../support/shortRefs.ts"

const main = BranchName.make("main")

/** A repository with a first root in a plain store, and roots that see the store through faults. */
const world = Effect.fnUntraced(function* (faults: Faults = () => undefined) {
  const plain = yield* memoryStore
  const id = newRepositoryId()
  yield* (yield* rootsOver(plain)).create(firstRoot(id))
  const count = callCount()
  const store = interposed(interposed(plain, injecting(faults)), count.interpose)
  return { id, plain, store, count, roots: yield* rootsOver(store) }
})

const rootWrite = { operation: "documents.write", path: rootPath } as const

/** Compares the fields: deep equality of errors compares name and message only. */
const assertRefused = <A, E>(outcome: Result.Result<A, E>, saw: CommitId | undefined) => {
  assert(Result.isFailure(outcome), "the move is refused")
  assert.instanceOf(outcome.failure, Refused)
  assert.strictEqual(outcome.failure.saw, saw)
}

const times = <A>(count: number, make: (position: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, position) => make(position))

describe("roots, one writer", () => {
  it.effect("reads back a root that was created, and refuses to create it again", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const roots = yield* rootsOver(store)
      const first = firstRoot(newRepositoryId())
      const created = yield* roots.create(first)
      assert.deepStrictEqual(created.value, first)
      assert.deepStrictEqual((yield* roots.read(first.repository.id)).value, first)
      const again = yield* Effect.flip(roots.create({ ...firstRoot(first.repository.id), nonce: "another" }))
      assert.instanceOf(again, RootExists)
      assert.deepStrictEqual((yield* roots.read(first.repository.id)).value, first)
    })
  )

  it.effect("reports a repository without a root as missing, for reading, preparing and moving", () =>
    Effect.gen(function* () {
      const roots = yield* rootsOver(yield* memoryStore)
      const id = newRepositoryId()
      assert.instanceOf(yield* Effect.flip(roots.read(id)), RootMissing)
      assert.instanceOf(yield* Effect.flip(roots.prepare(id, main, someCommit("a"))), RootMissing)
      assert.instanceOf(yield* Effect.flip(roots.move(id, setting("main", someCommit("a")))), RootMissing)
    })
  )

  it.effect("succeeds in creating a root when the answer is lost", () =>
    Effect.gen(function* () {
      const store = interposed(
        yield* memoryStore,
        injecting(scripted([{ ...rootWrite, nth: 1, fault: { failAfter: true } }]))
      )
      const roots = yield* rootsOver(store)
      const first = firstRoot(newRepositoryId())
      assert.deepStrictEqual((yield* roots.create(first)).value, first)
    })
  )

  it.effect("keeps every earlier root under its sequence, byte for byte", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world()
      for (let position = 0; position < 200; position += 1) {
        yield* roots.move(id, setting(`branch-${position % 7}`, someCommit(String(position)), `move ${position}`))
      }
      const chain = yield* chainOf(plain, id)
      assert.strictEqual(chain.length, 201)
      assert.deepStrictEqual(changesOf(chain), ["create", ...times(200, (position) => `move ${position}`)])
      assert.strictEqual(new Set(chain.map(({ nonce }) => nonce)).size, 201)
      // One write and one copy each; the only full read is the first, since the cache holds what was written.
      assert.strictEqual(count.of("documents.write", rootPath).length, 200)
      assert.strictEqual(count.of("documents.write", historyPath).length, 200)
      assert.strictEqual(count.of("documents.read").length, 1)
    })
  )

  it.effect("has nothing left to copy during a move that was prepared", () =>
    Effect.gen(function* () {
      const { count, id, roots } = yield* world()
      yield* roots.prepare(id, main, someCommit("a"))
      yield* roots.prepare(id, main, someCommit("a"))
      assert.strictEqual(count.of("documents.write", historyPath).length, 1)
      count.reset()
      yield* roots.move(id, setting("main", someCommit("a")))
      assert.deepStrictEqual(
        count.calls.map(({ operation, path }) => [operation, path.endsWith("/root")]),
        [["documents.write", true]]
      )
    })
  )

  it.effect("returns the current root and writes nothing when the decision changes nothing", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world()
      yield* roots.read(id)
      const elsewhere = yield* rootsOver(plain)
      const moved = yield* elsewhere.move(id, setting("main", someCommit("elsewhere")))
      const answered = yield* whileTimePasses(roots.move(id, () => Effect.succeed(null)))
      assert.strictEqual(answered.sha256, moved.sha256)
      assert.strictEqual(count.of("documents.write").length, 0)
    })
  )

  it.effect("repeats a decision on the fresh root when it refused on a stale one", () =>
    Effect.gen(function* () {
      const { id, plain, roots } = yield* world()
      yield* roots.read(id)
      const elsewhere = yield* rootsOver(plain)
      yield* elsewhere.move(id, setting("main", someCommit("elsewhere")))
      // The cached root has no branch yet; only the fresh one has the head that this move builds on.
      const moved = yield* whileTimePasses(
        roots.move(id, advancing("main", someCommit("elsewhere"), someCommit("onwards")))
      )
      assert.strictEqual(headOf(moved.value, "main"), someCommit("onwards"))
      const refused = yield* Effect.result(
        whileTimePasses(roots.move(id, advancing("main", someCommit("never"), someCommit("there"))))
      )
      assertRefused(refused, someCommit("onwards"))
    })
  )

  it.effect("accepts the next move after a decision that dies", () =>
    Effect.gen(function* () {
      const { id, roots } = yield* world()
      const died = yield* Effect.exit(roots.move(id, () => Effect.die("a bug")))
      assert.isTrue(Exit.isFailure(died))
      const moved = yield* roots.move(id, setting("main", someCommit("a")))
      assert.strictEqual(moved.value.sequence, 1)
    })
  )
})

describe("roots, lost answers", () => {
  it.effect("recognises a move whose answer is lost by its nonce, and does not repeat it", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world(scripted([{ ...rootWrite, nth: 1, fault: { failAfter: true } }]))
      const moved = yield* roots.move(id, setting("main", someCommit("a"), "the move"))
      assert.strictEqual(headOf(moved.value, "main"), someCommit("a"))
      assert.strictEqual(count.of("documents.write", rootPath).length, 1)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "the move"])
    })
  )

  it.effect("recognises a move whose answer is lost after another writer has replaced its root", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const id = newRepositoryId()
      const elsewhere = yield* rootsOver(plain)
      yield* elsewhere.create(firstRoot(id))
      const overtaken = Effect.orDie(
        Effect.asVoid(
          Effect.andThen(
            elsewhere.move(id, setting("other", someCommit("b"), "second")),
            elsewhere.move(id, setting("other", someCommit("c"), "third"))
          )
        )
      )
      const faults = scripted([{ ...rootWrite, nth: 1, fault: { failAfter: true, afterwards: overtaken } }])
      const roots = yield* rootsOver(interposed(plain, injecting(faults)))
      const moved = yield* whileTimePasses(roots.move(id, setting("main", someCommit("a"), "first")))
      assert.strictEqual(moved.value.sequence, 1)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "first", "second", "third"])
    })
  )

  it.effect("sends a write that did not land once more, with the same bytes", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world(
        scripted([{ ...rootWrite, nth: 1, fault: { failBefore: true } }])
      )
      yield* whileTimePasses(roots.move(id, setting("main", someCommit("a"), "the move")))
      const [first, second, ...more] = count.of("documents.write", rootPath)
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(first?.bytes, second?.bytes)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "the move"])
    })
  )

  it.effect("leaves the root unchanged when the store takes no writes, and accepts the next move", () =>
    Effect.gen(function* () {
      let away = true
      const { id, plain, roots } = yield* world((call) =>
        away && call.operation === "documents.write" && rootPath.test(call.path) ? { failBefore: true } : undefined
      )
      const failed = yield* whileTimePasses(Effect.flip(roots.move(id, setting("main", someCommit("a"), "lost"))))
      assert.instanceOf(failed, StoreUnavailable)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create"])
      away = false
      yield* roots.move(id, setting("main", someCommit("b"), "made"))
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "made"])
    })
  )

  it.effect.each([
    { landed: true, changes: ["create", "unsure", "made"] },
    { landed: false, changes: ["create", "made"] }
  ])("reports an unknown outcome when the store stops answering in the middle of a move (landed: $landed)", (outcome) =>
    Effect.gen(function* () {
      let away = false
      const { id, plain, roots } = yield* world((call) => {
        if (call.operation === "documents.write" && rootPath.test(call.path) && !away) {
          away = true
          return outcome.landed ? { failAfter: true } : { failBefore: true }
        }
        return away ? { failBefore: true } : undefined
      })
      const events: Array<AuditEvent> = []
      const pushed = setting("main", someCommit("a"), "unsure")
      const forced: Decision<never> = (root) =>
        Effect.map(pushed(root), (move) =>
          move?.change ? { ...move, change: { ...move.change, action: "force-push" } } : move
        )
      const failed = yield* Effect.flip(roots.move(id, forced)).pipe(
        Effect.provideService(Audit, { record: (event) => Effect.sync(() => void events.push(event)) })
      )
      assert.instanceOf(failed, RootOutcomeUnknown)
      assert.deepStrictEqual(
        events.map(({ action, by, outcome }) => ({ action, by, outcome })),
        [{ action: "force-push", by: "ada", outcome: "unknown" }]
      )
      away = false
      const settled = yield* rootsOver(plain)
      yield* settled.move(id, setting("main", someCommit("b"), "made"))
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), outcome.changes)
    })
  )

  it.effect("replaces no root while its copy cannot be written", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world((call) =>
        historyPath.test(call.path) ? { failBefore: true } : undefined
      )
      const failed = yield* whileTimePasses(Effect.flip(roots.move(id, setting("main", someCommit("a")))))
      assert.instanceOf(failed, StoreUnavailable)
      assert.strictEqual(count.of("documents.write", rootPath).length, 0)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create"])
    })
  )
})

describe("roots, moves that arrive together", () => {
  it.effect("makes fifty concurrent moves of one process once each, in a few writes", () =>
    Effect.gen(function* () {
      const { count, id, plain, roots } = yield* world(() => ({ turnsBefore: 3, turnsAfter: 3 }))
      const moved = yield* Effect.forEach(
        times(50, (position) => position),
        (position) => roots.move(id, setting(`branch-${position}`, someCommit(String(position)), `move ${position}`)),
        { concurrency: "unbounded" }
      )
      assert.isAtMost(count.of("documents.write", rootPath).length, 3)
      const chain = yield* chainOf(plain, id)
      assert.deepStrictEqual(
        changesOf(chain).toSorted(),
        ["create", ...times(50, (position) => `move ${position}`)].toSorted()
      )
      // Every caller receives a root that has its own branch.
      for (const [position, { value }] of moved.entries())
        assert.strictEqual(headOf(value, `branch-${position}`), someCommit(String(position)))
      assert.strictEqual(chain.at(-1)?.heads.count, 50)
    })
  )

  it.effect("makes the moves that arrived together with a refused one", () =>
    Effect.gen(function* () {
      const { id, plain, roots } = yield* world(() => ({ turnsBefore: 2, turnsAfter: 2 }))
      const outcomes = yield* Effect.forEach(
        times(20, (position) => position),
        (position) =>
          Effect.result(
            roots.move(
              id,
              position % 2 === 0
                ? setting(`branch-${position}`, someCommit(String(position)), `move ${position}`)
                : advancing("main", someCommit("nowhere"), someCommit(String(position)), `refused ${position}`)
            )
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        outcomes.map(Result.isSuccess),
        times(20, (position) => position % 2 === 0)
      )
      const changes = changesOf(yield* chainOf(plain, id))
      assert.strictEqual(changes.length, 11)
      assert.isFalse(changes.some((name) => name.startsWith("refused")))
    })
  )

  /**
   * Two moves that arrive while a write is under way, so that they share the next one; only the first can have the
   * branch.
   */
  const rivals = Effect.fnUntraced(function* (faults: (others: Effect.Effect<void>) => ReadonlyArray<Rule>) {
    const plain = yield* memoryStore
    const id = newRepositoryId()
    const elsewhere = yield* rootsOver(plain)
    yield* elsewhere.create(firstRoot(id))
    const others = Effect.orDie(Effect.asVoid(elsewhere.move(id, setting("main", someCommit("w"), "elsewhere"))))
    const atWork = yield* Deferred.make<void>()
    const blocked = {
      ...rootWrite,
      nth: 1,
      fault: { meanwhile: Effect.asVoid(Deferred.succeed(atWork, undefined)), turnsBefore: 20, turnsAfter: 20 }
    }
    const count = callCount()
    const faulty = interposed(plain, injecting(scripted([blocked, ...faults(others)])))
    const roots = yield* rootsOver(interposed(faulty, count.interpose))
    const run = Effect.gen(function* () {
      const blocker = yield* Effect.forkChild(roots.move(id, setting("main", someCommit("x"), "blocker")))
      yield* Deferred.await(atWork)
      const first = yield* Effect.forkChild(
        Effect.result(roots.move(id, advancing("main", someCommit("x"), someCommit("y"), "first")))
      )
      const second = yield* Effect.forkChild(
        Effect.result(roots.move(id, advancing("main", someCommit("x"), someCommit("z"), "second")))
      )
      yield* Fiber.join(blocker)
      return [yield* Fiber.join(first), yield* Fiber.join(second)] as const
    })
    return { count, id, plain, run }
  })

  it.effect("makes the first of two conflicting moves in one write, and refuses the second", () =>
    Effect.gen(function* () {
      const { count, id, plain, run } = yield* rivals(() => [])
      const [first, second] = yield* whileTimePasses(run)
      assert.isTrue(Result.isSuccess(first))
      assertRefused(second, someCommit("y"))
      assert.strictEqual(count.of("documents.write", rootPath).length, 2)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "blocker", "first"])
    })
  )

  it.effect("refuses no move because of one that was never written", () =>
    Effect.gen(function* () {
      const { id, plain, run } = yield* rivals(() => [{ ...rootWrite, fault: { failBefore: true } }])
      const [first, second] = yield* whileTimePasses(run)
      assert(Result.isFailure(first) && Result.isFailure(second))
      assert.instanceOf(first.failure, StoreUnavailable)
      assert.instanceOf(second.failure, StoreUnavailable)
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "blocker"])
    })
  )

  it.effect("names the head that another process left in a refusal, not one that lost the race to it", () =>
    Effect.gen(function* () {
      const { id, plain, run } = yield* rivals((others) => [{ ...rootWrite, nth: 2, fault: { meanwhile: others } }])
      const [first, second] = yield* whileTimePasses(run)
      assertRefused(first, someCommit("w"))
      assertRefused(second, someCommit("w"))
      assert.deepStrictEqual(changesOf(yield* chainOf(plain, id)), ["create", "blocker", "elsewhere"])
    })
  )

  it.effect("makes the other moves when a caller goes away", () =>
    Effect.gen(function* () {
      const { id, plain, roots } = yield* world(() => ({ turnsBefore: 10, turnsAfter: 10 }))
      const leaving = yield* Effect.forkChild(roots.move(id, setting("left", someCommit("a"), "left")))
      yield* Effect.yieldNow
      const staying = yield* Effect.forkChild(roots.move(id, setting("stayed", someCommit("b"), "stayed")))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(leaving)
      const moved = yield* Fiber.join(staying)
      assert.strictEqual(headOf(moved.value, "stayed"), someCommit("b"))
      assert.include(changesOf(yield* chainOf(plain, id)), "stayed")
    })
  )

  it.effect("leaves a repository that can be moved when a caller goes away at any moment", () =>
    Effect.gen(function* () {
      for (let position = 0; position < 120; position += 1) {
        const [budget, turns] = [2 + (position % 4), Math.floor(position / 4)]
        const { id, roots } = yield* world()
        // With so small a step budget the scheduler switches fibers between nearly any two steps.
        const leaving = yield* roots
          .move(id, setting("left", someCommit("a")))
          .pipe(Effect.provideService(References.MaxOpsBeforeYield, budget), Effect.forkChild)
        yield* Effect.repeat(Effect.yieldNow, { times: turns })
        yield* Fiber.interrupt(leaving)
        const next = yield* Effect.forkChild(roots.move(id, setting("next", someCommit("b"))))
        yield* Effect.repeat(Effect.yieldNow, { times: 500 })
        assert.isDefined(
          next.pollUnsafe(),
          `the next move hangs when the first caller leaves after ${turns} turns of ${budget} steps`
        )
      }
    })
  )
})

describe("roots, several processes", () => {
  it.effect("lose no update of racing processes, and make none twice", () =>
    whileTimePasses(
      forSeeds(5, (seed) =>
        Effect.gen(function* () {
          const plain = yield* memoryStore
          const id = newRepositoryId()
          yield* (yield* rootsOver(plain)).create(firstRoot(id))
          const store = interposed(plain, injecting(random(seed, { other: { turnsMax: 4, delayMillisMax: 3 } })))
          const processes = [yield* rootsOver(store), yield* rootsOver(store)]
          const moves = times(200, (position) => `move ${position}`)
          const outcomes = yield* Effect.forEach(
            moves,
            (action, position) =>
              Effect.gen(function* () {
                yield* Effect.sleep(seed.below(40))
                const move = setting(`branch-${position}`, someCommit(action), action)
                return { action, result: yield* Effect.result(seed.pick(processes).move(id, move)) }
              }),
            { concurrency: "unbounded" }
          )
          for (const { result } of outcomes)
            if (Result.isFailure(result)) assert.instanceOf(result.failure, RootContended)
          const accepted = outcomes.flatMap(({ action, result }) => (Result.isSuccess(result) ? [action] : []))
          const chain = yield* chainOf(plain, id)
          assert.deepStrictEqual(changesOf(chain).toSorted(), ["create", ...accepted].toSorted())
          assert.strictEqual(chain.at(-1)?.heads.count, accepted.length)
          assert.isAbove(accepted.length, 150)
        })
      )
    )
  )

  it.effect("give each step of a branch to exactly one of two processes, and tell the other the head", () =>
    whileTimePasses(
      forSeeds(5, (seed) =>
        Effect.gen(function* () {
          const plain = yield* memoryStore
          const id = newRepositoryId()
          yield* (yield* rootsOver(plain)).create(firstRoot(id))
          const store = interposed(plain, injecting(random(seed, { other: { turnsMax: 4 } })))
          const processes = [yield* rootsOver(store), yield* rootsOver(store)] as const
          let from: CommitId | undefined
          for (let step = 0; step < 20; step += 1) {
            const outcomes = yield* Effect.forEach(
              times(6, (racer) => someCommit(`${step}/${racer}`)),
              (to, racer) => Effect.result(processes[racer % 2 === 0 ? 0 : 1].move(id, advancing("main", from, to))),
              { concurrency: "unbounded" }
            )
            const winners = outcomes.flatMap((outcome) => (Result.isSuccess(outcome) ? [outcome.success] : []))
            assert.strictEqual(winners.length, 1)
            const [winner] = winners
            from = winner === undefined ? undefined : headOf(winner.value, "main")
            for (const outcome of outcomes) if (Result.isFailure(outcome)) assertRefused(outcome, from)
          }
          yield* chainOf(plain, id)
        })
      )
    )
  )

  it.effect("give up after a bounded number of tries when a writer loses every race", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const id = newRepositoryId()
      const elsewhere = yield* rootsOver(plain)
      yield* elsewhere.create(firstRoot(id))
      let others = 0
      const overtake = Effect.suspend(() => {
        others += 1
        return Effect.orDie(Effect.asVoid(elsewhere.move(id, setting("main", someCommit(String(others))))))
      })
      const store = interposed(plain, injecting(scripted([{ ...rootWrite, fault: { meanwhile: overtake } }])))
      const roots = yield* rootsOver(store)
      const failed = yield* Effect.flip(whileTimePasses(roots.move(id, setting("mine", someCommit("a"), "mine"))))
      assert.instanceOf(failed, RootContended)
      assert.strictEqual(failed.attempts, 10)
      const chain = yield* chainOf(plain, id)
      assert.strictEqual(chain.length, 11)
      assert.notInclude(changesOf(chain), "mine")
    })
  )
})

describe("roots over a store that ignores conditions", () => {
  const race = Effect.fnUntraced(function* (fence: "store" | "database") {
    const plain = yield* memoryStore
    const id = newRepositoryId()
    const index = yield* memoryIndex
    const store = interposed(
      ignoringConditions(plain),
      injecting(() => ({ turnsBefore: 2, turnsAfter: 2 }))
    )
    const processes = [yield* rootsOver(store, { fence, index }), yield* rootsOver(store, { fence, index })] as const
    yield* processes[0].create(firstRoot(id))
    const outcomes = yield* Effect.forEach(
      times(60, (position) => position),
      (position) =>
        Effect.gen(function* () {
          yield* Effect.sleep(position % 5)
          const roots = processes[position % 2 === 0 ? 0 : 1]
          return yield* Effect.result(
            roots.move(id, setting(`branch-${position}`, someCommit(String(position)), `move ${position}`))
          )
        }),
      { concurrency: "unbounded" }
    )
    return { accepted: outcomes.filter(Result.isSuccess).length, id, plain, processes }
  })

  it.effect("keep every update with the fence of the database", () =>
    Effect.gen(function* () {
      const { accepted, id, plain, processes } = yield* whileTimePasses(race("database"))
      assert.strictEqual(accepted, 60)
      const chain = yield* chainOf(plain, id)
      assert.strictEqual(new Set(changesOf(chain)).size, 61)
      assert.strictEqual(chain.at(-1)?.heads.count, 60)
      assert.instanceOf(yield* Effect.flip(processes[1].create(firstRoot(id))), RootExists)
    })
  )

  it.effect("lose updates without the fence, which is why such a store is refused", () =>
    Effect.gen(function* () {
      const { accepted, id, plain } = yield* whileTimePasses(race("store"))
      assert.strictEqual(accepted, 60)
      const found = yield* plain.documents.read({ kind: "root", repository: id })
      assert(found._tag === "Found")
      const lastHeads = (yield* (yield* rootsOver(plain)).read(id)).value.heads
      assert.isBelow(lastHeads.count, 60)
    })
  )
})

describe("roots, any interleaving", () => {
  it.effect.each(["store", "database"] as const)(
    "accepted moves are in the chain once, refused ones never, unknown ones at most once (fence: %s)",
    (fence) =>
      whileTimePasses(
        forSeeds(25, (seed) =>
          Effect.gen(function* () {
            const plain = yield* memoryStore
            const index = yield* memoryIndex
            const id = newRepositoryId()
            yield* (yield* rootsOver(plain)).create(firstRoot(id))
            const faults = random(seed, {
              "documents.write": { failBefore: 0.08, failAfter: 0.08, turnsMax: 5, delayMillisMax: 2 },
              "documents.read": { failBefore: 0.04, failAfter: 0.04, turnsMax: 5 }
            })
            const store = interposed(plain, injecting(faults))
            const processes = [
              yield* rootsOver(store, { fence, index }),
              yield* rootsOver(store, { fence, index }),
              yield* rootsOver(store, { fence, index })
            ]
            const branches = ["a", "b", "c"]
            const outcomes = new Map<string, "accepted" | "refused" | "unsure">()
            const client = (name: number) =>
              Effect.forEach(
                times(15, (step) => step),
                Effect.fnUntraced(function* (step) {
                  const roots = seed.pick(processes)
                  const branch = seed.pick(branches)
                  const action = `${name}/${step}`
                  yield* Effect.sleep(seed.below(5))
                  const seen = yield* Effect.result(roots.read(id))
                  if (Result.isFailure(seen)) return
                  const move = advancing(branch, headOf(seen.success.value, branch), someCommit(action), action)
                  const outcome = yield* Effect.result(roots.move(id, move))
                  if (Result.isSuccess(outcome)) outcomes.set(action, "accepted")
                  else outcomes.set(action, outcome.failure instanceof Refused ? "refused" : "unsure")
                })
              )
            yield* Effect.forEach(
              times(6, (name) => name),
              client,
              { concurrency: "unbounded" }
            )
            // The store may have an earlier root than the database until the next reader compares the two.
            yield* (yield* rootsOver(plain, { fence, index })).read(id)
            const chain = yield* chainOf(plain, id)
            const made = changesOf(chain)
            assert.strictEqual(new Set(made).size, made.length, "nothing is made twice")
            for (const [action, outcome] of outcomes) {
              if (outcome === "accepted") assert.include(made, action)
              if (outcome === "refused") assert.notInclude(made, action)
            }
            for (const [position, root] of chain.entries()) {
              const before = chain[position - 1]
              if (before === undefined) continue
              const moved = entriesOf(root.heads).filter(([name, head]) => headOf(before, name) !== head)
              assert.isAtLeast(root.changes.length, moved.length)
              assert.deepStrictEqual(
                moved
                  .map(([, head]) => head)
                  .filter((head) => changesOf([root]).every((name) => someCommit(name) !== head)),
                [],
                "a branch moves only to a head that a change of that root names"
              )
            }
            assert.isAbove([...outcomes.values()].filter((outcome) => outcome === "accepted").length, 10)
          })
        )
      )
  )

  it.effect("keep the parts of a root that no move names", () =>
    Effect.gen(function* () {
      const { id, roots } = yield* world()
      const granted = yield* roots.move(id, () =>
        Effect.succeed({ root: { collectionEpoch: 7 }, change: change("collect") })
      )
      const moved = yield* roots.move(id, setting("main", someCommit("a")))
      assert.deepStrictEqual(
        { ...moved.value, heads: [], sequence: 0, previous: null, changes: [], nonce: "" },
        { ...granted.value, heads: [], sequence: 0, previous: null, changes: [], nonce: "" }
      )
      assert.strictEqual(moved.value.collectionEpoch, 7)
    })
  )
})
