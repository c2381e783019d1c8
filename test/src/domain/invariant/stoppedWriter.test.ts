/**
 * The fence of the database holds against writers that stop anywhere and go on later, on a store that ignores every
 * condition.
 */
import { assert, describe, it } from "@effect/vitest"
import { layer as fenceLayer } from "@musehub/domain/invariant/Fence"
import { RootExists } from "@musehub/domain/repository/rootErrors"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { portsOf, type WholeIndex } from "@musehub/domain/port/index/wholeIndex"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Context, Deferred, Effect, Fiber, Layer, Result } from "effect"
import { ignoringConditions } from "../../support/brokenStore.ts"
import type { Store } from "../../support/interposedStore.ts"
import {
  advancing,
  changesOf,
  chainOf,
  firstRoot,
  memoryIndex,
  memoryStore,
  newRepositoryId,
  rootsOver,
  setting,
  someCommit
} from "../support/rootSamples.ts"
import { headOf } from "../../support/shortRefs.ts"

/** Where a writer stops: before or after one of the calls that move a root. */
const places = ["before addState", "after addState", "before write", "after write"] as const

/** A writer's store and index, the first matching call of which stops until the test lets it go on. */
const stopping = Effect.fnUntraced(function* (place: (typeof places)[number], store: Store, index: WholeIndex) {
  const reached = yield* Deferred.make<void>()
  const goOn = yield* Deferred.make<void>()
  let isArmed = false
  const stop = (here: (typeof places)[number]) =>
    Effect.suspend(() => {
      if (!isArmed || here !== place) return Effect.void
      isArmed = false
      return Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(goOn))
    })
  const stoppable: Store = {
    ...store,
    documents: {
      ...store.documents,
      write: (key, bytes, expected) =>
        key.kind === "root"
          ? Effect.andThen(stop("before write"), store.documents.write(key, bytes, expected)).pipe(
              Effect.tap(() => stop("after write"))
            )
          : store.documents.write(key, bytes, expected)
    }
  }
  const stoppableIndex: WholeIndex = {
    ...index,
    addState: (path, state) =>
      Effect.andThen(stop("before addState"), index.addState(path, state)).pipe(
        Effect.tap(() => stop("after addState"))
      )
  }
  const roots = yield* rootsOver(stoppable, { fence: "database", index: stoppableIndex })
  return {
    roots,
    arm: Effect.sync(() => {
      isArmed = true
    }),
    reached: Deferred.await(reached),
    goOn: Deferred.succeed(goOn, undefined)
  }
})

describe("a writer that stops and goes on after others wrote", () => {
  it.live.each(places)("loses nothing that was acknowledged (stopped %s)", (place) =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const store = ignoringConditions(plain)
      const index = yield* memoryIndex
      const id = newRepositoryId()
      const stopped = yield* stopping(place, store, index)
      const other = yield* rootsOver(store, { fence: "database", index })
      yield* other.create(firstRoot(id))
      yield* stopped.roots.read(id)
      yield* stopped.arm
      const move = yield* Effect.forkChild(stopped.roots.move(id, setting("mine", someCommit("a"), "mine")))
      yield* stopped.reached
      const others = ["first", "second", "third"]
      for (const name of others) yield* other.move(id, setting(name, someCommit(name), name))
      yield* stopped.goOn
      yield* Fiber.join(move)
      // From the store alone, as after a loss of the database.
      const made = changesOf(yield* chainOf(plain, id))
      assert.includeMembers([...made], ["mine", ...others])
      assert.strictEqual(new Set(made).size, made.length, "nothing is made twice")
    })
  )

  it.live("and ends right after its late write: the next reader puts the latest root back", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const store = ignoringConditions(plain)
      const index = yield* memoryIndex
      const id = newRepositoryId()
      const stopped = yield* stopping("after write", store, index)
      const other = yield* rootsOver(store, { fence: "database", index })
      yield* other.create(firstRoot(id))
      yield* stopped.arm
      const move = yield* Effect.forkChild(stopped.roots.move(id, setting("mine", someCommit("a"), "mine")))
      yield* stopped.reached
      const late = yield* plain.documents.read({ kind: "root", repository: id })
      assert(late._tag === "Found")
      yield* other.move(id, setting("main", someCommit("b"), "theirs"))
      yield* plain.documents.write({ kind: "root", repository: id }, late.document.bytes, { _tag: "Any" })
      yield* Fiber.interrupt(move)
      assert.notInclude(changesOf(yield* chainOf(plain, id)), "theirs", "the late write did replace the latest root")
      const seen = yield* other.read(id)
      assert.strictEqual(headOf(seen.value, "main"), someCommit("b"))
      assert.include(changesOf(yield* chainOf(plain, id)), "theirs")
    })
  )
})

describe("a database that decides", () => {
  it.live("and was lost or is an old copy keeps what the store has", () =>
    Effect.gen(function* () {
      const store = ignoringConditions(yield* memoryStore)
      const id = newRepositoryId()
      const before = yield* rootsOver(store, { fence: "database", index: yield* memoryIndex })
      yield* before.create(firstRoot(id))
      yield* before.move(id, setting("main", someCommit("a")))
      const index = yield* memoryIndex
      const after = yield* rootsOver(store, { fence: "database", index })
      yield* after.move(id, advancing("main", someCommit("a"), someCommit("b")))
      // Written past this database, as by hubs before it was replaced by an older copy of itself.
      yield* before.move(id, advancing("main", someCommit("b"), someCommit("c")))
      yield* after.move(id, advancing("main", someCommit("c"), someCommit("d")))
      const chain = yield* chainOf(store, id)
      assert.strictEqual(headOf(chain.at(-1) ?? firstRoot(id), "main"), someCommit("d"))
      assert.lengthOf(chain, 5)
      assert.instanceOf(yield* Effect.flip(after.create(firstRoot(id))), RootExists)
    })
  )

  it.live("and has a state that the store did not take answers with no state until it does", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      let takesRoots = true
      const store: Store = {
        ...plain,
        documents: {
          ...plain.documents,
          write: (key, bytes) =>
            key.kind === "root" && !takesRoots
              ? new StoreUnavailable({ operation: "write", key: "root", reason: new Fault({ cause: "full" }) })
              : plain.documents.write(key, bytes, { _tag: "Any" })
        }
      }
      const index = yield* memoryIndex
      const id = newRepositoryId()
      const roots = yield* rootsOver(store, { fence: "database", index })
      yield* roots.create(firstRoot(id))
      takesRoots = false
      const refused = yield* Effect.result(roots.move(id, setting("main", someCommit("a"))))
      assert(Result.isFailure(refused), "a root that only the database has was acknowledged")
      const other = yield* rootsOver(store, { fence: "database", index })
      assert(Result.isFailure(yield* Effect.result(other.read(id))), "a root that only the database has was read")
      takesRoots = true
      assert.strictEqual(headOf((yield* other.read(id)).value, "main"), someCommit("a"))
      assert.strictEqual((yield* chainOf(plain, id)).length, 2)
    })
  )

  it.live("and is away leaves reads to the store and refuses writes", () =>
    Effect.gen(function* () {
      const store = ignoringConditions(yield* memoryStore)
      const id = newRepositoryId()
      const index = yield* memoryIndex
      const away = () => new IndexUnavailable({ operation: "latestState", reason: new Fault({ cause: "away" }) })
      let isAway = false
      const leaving = portsOf({
        ...index,
        latestState: (path) => Effect.suspend(() => (isAway ? away() : index.latestState(path)))
      })
      const fence = Layer.provide(
        fenceLayer("database"),
        Layer.merge(Layer.succeed(ObjectStore, store), Layer.succeedContext(leaving))
      )
      const fenced = Context.get(yield* Layer.build(fence), ObjectStore)
      const roots = yield* rootsOver(fenced)
      yield* roots.create(firstRoot(id))
      isAway = true
      assert.strictEqual((yield* roots.read(id)).value.sequence, 0)
      const refused = yield* Effect.result(roots.move(id, setting("main", someCommit("a"))))
      assert(Result.isFailure(refused))
      assert.strictEqual(refused.failure._tag, "StoreUnavailable")
      isAway = false
      yield* roots.move(id, setting("main", someCommit("a")))
      assert.strictEqual((yield* roots.read(id)).value.sequence, 1)
    })
  )
})
