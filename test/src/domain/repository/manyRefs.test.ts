/** Repositories whose refs are in chunks: what a move writes, and what each use of refs reads. */
import { assert, describe, it } from "@effect/vitest"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { Roots } from "@musehub/domain/invariant/Roots"
import { expected } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import type { CommitId, Sha256 } from "@musehub/domain/object/Id"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { BranchName } from "@musehub/domain/repository/Names"
import { tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { isLeaf } from "@musehub/domain/repository/refs/RefNode"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { TagId } from "@musehub/domain/repository/Tag"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { listBranches, showBranch } from "@musehub/domain/usecase/branches/listBranches"
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { readRefs } from "@musehub/domain/usecase/fetch/readRefs"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { RepositoryName } from "@musehub/domain/repository/Names"
import { Deferred, Effect, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { injecting, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { headsOf } from "../../support/shortRefs.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { assertSameIndex } from "../rebuild/assertSameIndex.ts"
import { change, memoryStore } from "../support/rootSamples.ts"

const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2" }, [first])
const nameAt = (place: number) => BranchName.make(`branch/${String(place).padStart(6, "0")}`)
const third = step("third", { "a.txt": "3" }, [second])
const chunkPath = /\/refs\/[0-9a-f]{64}$/
const uuid = (place: number) => TagId.make(`00000000-0000-4000-8000-${String(place).padStart(12, "0")}`)

/** Makes the move of a branch from its new heads. */
const moving = (branch: BranchName) => (root: Pick<Root, "heads">) => ({ root, change: change(branch) })

/** Adds branches and tags at the first commit, in one move. */
const fill = (hub: TestHub, repository: Repository, { branches, tags }: { branches: number; tags: number }) =>
  Effect.gen(function* () {
    const roots = yield* at(hub)(Roots)
    const named = Array.from({ length: branches - 1 }, (_, place) => [nameAt(place), first.commit.id] as const)
    const heads = headsOf([["main", first.commit.id], ...named])
    const entry = { tag: "a label", commit: first.commit.id, record: sha256("x") }
    const entries = Array.from({ length: tags }, (_, place) => [uuid(place), entry] as const)
    const parts = { heads, tags: RefList.of(tagsKind, entries) }
    yield* roots.move(repository.id, () => Effect.succeed({ root: parts, change: change("filled") }))
  })

const begun = Effect.fnUntraced(function* (counts: { branches: number; tags: number }) {
  const calls = callCount()
  const hub = yield* startHub({ store: interposed(yield* memoryStore, calls.interpose) })
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first])
  yield* fill(hub, repository, counts)
  return { calls, hub, repository }
})

const thousands = { branches: 3000, tags: 0 }
const hundredThousand = { branches: 100_000, tags: 100_000 }

const rootBytes = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository) {
  const found = yield* hub.store.documents.read({ kind: "root", repository: id })
  assert(found._tag === "Found")
  return found.document.bytes.byteLength
})

const headAt = (hub: TestHub, repository: Repository, name: string) =>
  Effect.flatMap(opened(hub, repository), (open) => Effect.map(at(hub)(showBranch(open, name)), ({ head }) => head))

const chunkOf = ({ heads: { top } }: Root, position: number): Sha256 =>
  expected(isLeaf(top) ? undefined : top.chunks.at(position), "a chunk").sha256

describe("many refs", () => {
  it.live(
    "100,000 branches and 100,000 tags leave the root under 16 KiB, and a push writes two chunks more than to a few",
    () =>
      Effect.gen(function* () {
        const { calls, hub, repository } = yield* begun(hundredThousand)
        assert.isBelow(yield* rootBytes(hub, repository), 16 * 1024)
        const few = yield* newRepository(hub, "few")
        yield* pushSteps(hub, few, "main", [first])
        yield* opened(hub, few)
        calls.reset()
        yield* pushSteps(hub, few, "main", [second])
        const fewCalls = calls.calls.length
        assert.lengthOf(calls.of("documents.write", chunkPath), 0)

        // The chunks of the branch are read for its first push.
        yield* pushSteps(hub, repository, "main", [second])
        calls.reset()
        yield* pushSteps(hub, repository, "main", [third])
        const chunks = calls.of("documents.write", chunkPath).length
        assert.isAtMost(chunks, 2)
        assert.isAtMost(calls.calls.length, fewCalls + chunks, "chunks that were written are not read again")
        assert.isBelow(yield* rootBytes(hub, repository), 16 * 1024)

        calls.reset()
        assert.strictEqual(yield* headAt(hub, repository, nameAt(77_777)), first.commit.id)
        const open = yield* opened(hub, repository)
        const page = yield* at(hub)(listBranches(open, { after: nameAt(50_000), limit: 2 }))
        assert.deepStrictEqual(
          page.items.map(({ name }) => String(name)),
          [nameAt(50_001), nameAt(50_002)]
        )
        assert.isAtMost(calls.of("documents.read", chunkPath).length, 6)
        const refs = yield* at(hub)(readRefs(open))
        const heads = new Map((yield* Stream.runCollect(refs.heads)).flat())
        assert.strictEqual(heads.size, 100_000)
        assert.strictEqual(heads.get(BranchName.make("main")), third.commit.id)
      }),
    60_000
  )

  it.live(
    "100,000 branches and tags: one is deleted, restored and read in the reflog; a rebuilt index has all",
    () =>
      Effect.gen(function* () {
        const { calls, hub, repository } = yield* begun(hundredThousand)
        const branch = nameAt(55_555)
        yield* pushSteps(hub, repository, branch, [second])
        calls.reset()
        yield* at(hub)(deleteBranch(yield* opened(hub, repository), branch))
        const open = yield* opened(hub, repository)
        yield* at(hub)(restoreBranch(open, branch, { commit: second.commit.id }))
        const { items } = yield* at(hub)(readReflog(yield* opened(hub, repository), branch, { limit: 10 }))
        assert.deepStrictEqual(
          items.map(({ action }) => action),
          ["restore-branch", "delete-branch", "push"]
        )
        assert.isAtMost(calls.of("documents.write", chunkPath).length, 4, "two chunks for each move")

        const rebuilt = yield* startHub({ store: hub.store })
        assert.strictEqual((yield* at(rebuilt)(rebuildIndex())).losses, 0)
        yield* assertSameIndex(hub, rebuilt, [repository], [ada, bob])
        const refsOf = (one: TestHub) =>
          Effect.gen(function* () {
            const refs = yield* at(one)(readRefs(yield* opened(one, repository)))
            return (yield* Stream.runCollect(refs.heads)).flat()
          })
        const refs = yield* refsOf(rebuilt)
        assert.lengthOf(refs, hundredThousand.branches)
        assert.deepStrictEqual(refs, yield* refsOf(hub))
        assert.strictEqual((yield* opened(rebuilt, repository)).root.value.tags.count, hundredThousand.tags)
      }),
    60_000
  )

  it.effect("are found, clash by their neighbours, and are listed without those that were deleted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const make = (name: string) =>
        Effect.flatMap(opened(hub, repository), (open) => at(hub)(createBranch(open, { name, from: "main" })))
      for (const name of ["branch", `${nameAt(7)}/below`, `${nameAt(7)}/a/b/c`]) {
        assert.strictEqual((yield* Effect.flip(make(name)))._tag, "BranchClash", name)
      }
      assert.strictEqual((yield* Effect.flip(make(nameAt(7))))._tag, "BranchExists")
      yield* at(hub)(deleteBranch(yield* opened(hub, repository), nameAt(7)))
      assert.strictEqual((yield* make(`${nameAt(7)}/below`)).head, first.commit.id)
      const open = yield* opened(hub, repository)
      const { items } = yield* at(hub)(listBranches(open, { after: nameAt(6), limit: 2 }))
      assert.deepStrictEqual(
        items.map(({ name }) => String(name)),
        [`${nameAt(7)}/below`, nameAt(8)]
      )
      assert.strictEqual(open.root.value.heads.count, thousands.branches)
    })
  )

  it.effect("keep the reflog of a branch that was deleted, and it can be restored", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const branch = nameAt(1500)
      yield* pushSteps(hub, repository, branch, [second])
      yield* at(hub)(deleteBranch(yield* opened(hub, repository), branch))
      const open = yield* opened(hub, repository)
      const reflog = yield* at(hub)(readReflog(open, branch, { limit: 10 }))
      assert.deepStrictEqual(
        reflog.items.map(({ action, from, to }) => [action, from, to]),
        [
          ["delete-branch", second.commit.id, null],
          ["push", first.commit.id, second.commit.id]
        ]
      )
      const restored = yield* at(hub)(restoreBranch(open, branch, { commit: second.commit.id }))
      assert.strictEqual(restored.head, second.commit.id)
    })
  )

  it.effect("are all there after writers of two hubs moved neighbours at the same time", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const hubs = [hub, yield* startHub(hub)]
      const names = Array.from({ length: 20 }, (_, place) => nameAt(100 + place))
      yield* whileTimePasses(
        Effect.forEach(
          names,
          (name, place) => pushSteps(expected(hubs[place % 2], "a hub"), repository, name, [second]),
          { concurrency: "unbounded" }
        )
      )
      const fresh = yield* startHub({ store: hub.store })
      for (const name of names) assert.strictEqual(yield* headAt(fresh, repository, name), second.commit.id)
      const { value } = (yield* opened(fresh, repository)).root
      assert.strictEqual(value.heads.count, thousands.branches)
    })
  )

  it.effect("are written before the root that names them; where a chunk is refused, nothing moves", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const order: Array<string> = []
      const watched = interposed(hub.store, (call, effect) =>
        Effect.tap(effect, () =>
          Effect.sync(() => {
            if (call.operation === "documents.write") order.push(call.path)
          })
        )
      )
      yield* pushSteps(yield* startHub({ ...hub, store: watched }), repository, nameAt(5), [second])
      const root = order.indexOf(documentPath({ kind: "root", repository: repository.id }))
      const chunks = order.flatMap((path, position) => (chunkPath.test(path) ? [position] : []))
      assert.isAbove(chunks.length, 0)
      for (const position of chunks) assert.isBelow(position, root)

      const faults = scripted([{ operation: "documents.write", path: chunkPath, fault: { failBefore: true } }])
      const broken = yield* startHub({ ...hub, store: interposed(hub.store, injecting(faults)) })
      const refused = yield* Effect.flip(whileTimePasses(pushSteps(broken, repository, nameAt(6), [second])))
      assert.strictEqual(refused._tag, "StoreUnavailable")
      assert.strictEqual(yield* headAt(hub, repository, nameAt(6)), first.commit.id)
    })
  )

  it.live("are written while a push puts its packs, which do not wait for them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const begunChunk = yield* Deferred.make<void>()
      const seen: Array<boolean> = []
      const store = interposed(hub.store, ({ operation, path }, effect) =>
        Effect.gen(function* () {
          if (operation === "documents.write" && chunkPath.test(path)) yield* Deferred.succeed(begunChunk, undefined)
          // The blobs are put first, in a pack that was sent ahead.
          if (operation === "put" && seen.push(false) === 2) {
            seen[1] = Option.isSome(yield* Effect.timeoutOption(Deferred.await(begunChunk), "3 seconds"))
          }
          return yield* effect
        })
      )
      yield* pushSteps(yield* startHub({ ...hub, store }), repository, nameAt(5), [second])
      assert.deepStrictEqual(seen, [false, true])
    })
  )

  it.effect("are put once, ahead of the move or by it, and again where garbage was collected in between", () =>
    Effect.gen(function* () {
      const { calls, hub, repository } = yield* begun(thousands)
      const roots = yield* at(hub)(Roots)
      const branch = nameAt(5)
      const put = () => new Set(calls.of("documents.write", chunkPath).map(({ path }) => path))
      const move = (head: CommitId) =>
        roots.move(repository.id, (root) => Effect.map(withHead(root, branch, head), moving(branch)))
      calls.reset()
      yield* roots.prepare(repository.id, branch, second.commit.id)
      const ahead = put()
      assert.isAbove(ahead.size, 0)
      yield* move(second.commit.id)
      assert.lengthOf(calls.of("documents.write", chunkPath), ahead.size)

      const collected = { root: { collectionEpoch: 1 }, change: null }
      for (const [head, meanwhile] of [
        [third.commit.id, roots.move(repository.id, () => Effect.succeed(collected))],
        [first.commit.id, TestClock.adjust("61 seconds")]
      ] as const) {
        calls.reset()
        yield* roots.prepare(repository.id, branch, head)
        const unnamed = put()
        yield* meanwhile
        calls.reset()
        yield* move(head)
        assert.deepStrictEqual(put(), unnamed)
      }
    })
  )

  it.effect("need no index, and are counted in one that is rebuilt", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const alone = withoutIndex(hub)
      const open = yield* openedFor(alone, repository, ada, "read")
      assert.strictEqual((yield* at(alone)(showBranch(open, nameAt(42)))).head, first.commit.id)
      const rebuilt = yield* startHub({ store: hub.store })
      yield* opened(rebuilt, repository)
      const row = yield* rebuilt.index.repositoryByName(repository.owner, repository.slug)
      assert.strictEqual(Option.getOrThrow(row).branches, thousands.branches)
      yield* pushSteps(rebuilt, repository, nameAt(42), [second])
    })
  )

  it.effect("are copied by a fork, whose root stays small", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const source = yield* openedFor(hub, repository, bob, "read")
      const fork = yield* at(hub)(forkRepository(source, { name: RepositoryName.make("copy") }))
      const open = yield* openedFor(hub, fork, bob, "read")
      assert.strictEqual((yield* at(hub)(showBranch(open, nameAt(2000)))).head, first.commit.id)
      assert.isBelow(yield* rootBytes(hub, fork), 16 * 1024)
    })
  )

  it.effect("of a chunk that is lost are named to whoever needs them, and the others are read and written", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun(thousands)
      const { value } = (yield* opened(hub, repository)).root
      const lost = chunkOf(value, 0)
      yield* hub.store.documents.delete({ kind: "refs", repository: repository.id, sha256: lost })
      // Another process, which has the chunk nowhere else.
      const other = yield* startHub({ ...hub })
      const open = yield* opened(other, repository)
      const failures = [
        yield* Effect.flip(pushSteps(other, repository, nameAt(0), [second])),
        yield* Effect.flip(at(other)(showBranch(open, nameAt(0)))),
        yield* Effect.flip(at(other)(readRefs(open)))
      ]
      for (const failure of failures) {
        assert(failure._tag === "RefsLost")
        assert.strictEqual(failure.kind, "unavailable")
        assert.include(failure.publicMessage, `refs/${lost}`)
      }
      const moved: CommitId = (yield* pushSteps(other, repository, nameAt(2900), [second])).head
      assert.strictEqual(yield* headAt(other, repository, nameAt(2900)), moved)
    })
  )
})
