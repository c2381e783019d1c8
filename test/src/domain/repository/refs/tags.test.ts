/** Tags: stored all or none, records stored before the root names them, and repeated sends. */
import { tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { TagId } from "@musehub/domain/repository/Tag"
import { refsBytesMax } from "@musehub/domain/repository/rule/rootRoom"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { deleteTag } from "@musehub/domain/usecase/tags/storeTags"
import { Effect, Option } from "effect"
import { callCount } from "../../../support/countingStore.ts"
import { injecting, scripted } from "../../../support/faultyStore.ts"
import { interposed } from "../../../support/interposedStore.ts"
import { whileTimePasses } from "../../../support/time.ts"
import { at, newRepository, opened, openedFor, pushSteps, startHub, step } from "../../support/hubSamples.ts"
import { memoryStore, someCommit } from "../../support/rootSamples.ts"
import { claiming, entriesOf } from "../../../support/shortRefs.ts"
import { first, second } from "./branchSamples.ts"
import { uuid, tag, begun, rootOf, store, withRoot } from "./recordSamples.ts"

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
