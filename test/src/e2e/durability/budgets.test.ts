/**
 * The cost of requests, counted between hub and store and between hub and database. Budgets are promises: the number of
 * requests, not their size, determines how long a push to a distant store takes.
 */
import { wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { headOf } from "@musehub/domain/invariant/refs/heads"
import { withRefs } from "@musehub/domain/invariant/refs/refs"
import { BranchName } from "@musehub/domain/repository/Names"
import { BlobId, RepositoryId } from "@musehub/domain/object/Id"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Context, Effect, Layer, Stream } from "effect"
import { randomBytes } from "node:crypto"
import { change, rootsOver } from "../../domain/support/rootSamples.ts"
import { committedAt, type Step, step } from "../../domain/support/hubSamples.ts"
import { historyPath, rootPath } from "../../support/countingStore.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { type Interpose, interposed, type StoreCall } from "../../support/interposedStore.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { countingPostgres } from "../hub/CountingPostgres.ts"
import { blobId, commitTo, type Growing, growing } from "../muse/history.ts"
import { startHub, type Storage, tokenFor } from "../hub/Hub.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"
import { bundleFor, clone, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { mpackOf } from "../muse/mpackOf.ts"
import { call, createRepository, ok, post, refs, type Target } from "../muse/MuseClient.ts"

/** Store calls with their start and end; each is made slow, so that concurrent ones overlap. */
interface Timed {
  readonly call: StoreCall
  readonly start: number
  end: number
}

const slownessMillis = 25

const stopwatch = () => {
  const timed: Array<Timed> = []
  const interpose: Interpose = (call, effect) =>
    Effect.gen(function* () {
      const entry: Timed = { call, start: performance.now(), end: Number.POSITIVE_INFINITY }
      timed.push(entry)
      yield* Effect.sleep(slownessMillis)
      return yield* Effect.ensuring(
        effect,
        Effect.sync(() => {
          entry.end = performance.now()
        })
      )
    })
  return { timed, interpose }
}

/** Finds the longest chain of calls of which each began after the one before had ended. */
const roundsOf = (timed: ReadonlyArray<Timed>): number => {
  const depths: Array<number> = []
  for (const [position, { start }] of timed.entries()) {
    const before = timed.slice(0, position).flatMap(({ end }, other) => (end <= start ? [depths[other] ?? 0] : []))
    depths.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...depths)
}

/** A client's repository with a number of commits, each with a file of its own content. */
const history = (length: number): Growing => {
  const local = growing()
  for (let index = 0; index < length; index++) {
    commitTo(local, "main", { "count.txt": String(index % 10), [`file-${index}.txt`]: "same" })
  }
  return local
}

/** Pushes a history; returns the push of a few more commits, with their blobs uploaded, by the counted hub. */
const prepared = Effect.fnUntraced(function* (
  target: Target,
  local: Growing,
  last: number,
  fresh: string,
  watched = target
) {
  if (local.commits.size > 0) {
    const { answer } = yield* pushBranch(target, local, "main")
    assert.strictEqual(answer.status, 200)
  }
  const before = local.heads.get("main")
  let tip = ""
  for (let index = 0; index < last; index++) {
    tip = commitTo(local, "main", { "count.txt": "0", "new.txt": `${fresh} ${index}` })
  }
  const bundle = bundleFor(local, tip, before === undefined ? [] : [before])
  assert.lengthOf(bundle.commits, last)
  yield* uploadBlobs(target, local, bundle.blobs)
  return { bundle, push: ok(post(watched, "push", pushBody(local, bundle, "main"))) }
})

const newCommits = 5

/** The calls of a push to the index: one opens the repository, one asks what it has, and one records what came. */
const queriesOfPush = ["repositoryByName", "known", "record"]

describeInMemory("the budget", (backend) => {
  const counted = Effect.gen(function* () {
    const storage = yield* freshStorage(backend)
    const watch = stopwatch()
    const index = indexControl()
    const spied: Storage = Context.make(
      ObjectStore,
      interposed(Context.get(storage, ObjectStore), watch.interpose)
    ).pipe(Context.merge(portsOf(interposedIndex(wholeIndexOf(storage), index.interpose))))
    // Seeded through a hub that is not counted, on the same store and index.
    const seeding = yield* startHub(storage)
    const hub = yield* startHub(spied)
    const token = yield* tokenFor(seeding, "ada")
    const seed = yield* createRepository(seeding.url, token, "ada/counted")
    const target: Target = { ...seed, url: hub.url }
    return {
      storage,
      seed,
      target,
      repository: RepositoryId.make((yield* refs(seed)).id),
      /**
       * The cost of a request when the hub has seen the repository before. A token is read again after some seconds,
       * whatever is asked with it, so that one read is left out where it falls within the request.
       */
      costOf: Effect.fnUntraced(function* <A>(request: Effect.Effect<A>) {
        yield* refs(target)
        watch.timed.length = 0
        index.calls.length = 0
        yield* request
        const timed = watch.timed.filter(({ call }) => !call.path.startsWith("hub/tokens/"))
        assert.isAtMost(watch.timed.length - timed.length, 1, "reads of the token")
        const calls = timed.map(({ call }) => call)
        const of = (operation: StoreCall["operation"], path = /./) =>
          calls.filter((call) => call.operation === operation && path.test(call.path)).length
        const queries = index.calls.filter((query) => query !== "tokenByHash")
        return { of, total: calls.length, rounds: roundsOf(timed), index: queries }
      })
    }
  })

  for (const [what, length] of [
    ["to an empty repository", 0],
    ["to a repository with a history", 10]
  ] as const) {
    it.live(`of a push ${what}: a put of one pack, one root write, one copy, one root read, four rounds`, () =>
      Effect.gen(function* () {
        const { target, costOf } = yield* counted
        const { push } = yield* prepared(target, history(length), newCommits, what)
        const cost = yield* costOf(push)
        assert.strictEqual(cost.of("put", /\/packs\//), 1)
        assert.strictEqual(cost.of("documents.write", rootPath), 1)
        assert.strictEqual(cost.of("documents.write", historyPath), 1)
        assert.isAtMost(cost.of("documents.read", rootPath), 1)
        assert.strictEqual(cost.total, 3 + cost.of("documents.read", rootPath), "and nothing else")
        assert.isAtMost(cost.rounds, 4)
        assert.deepStrictEqual(cost.index, queriesOfPush)
      })
    )
  }

  it.live("of a push beside 3,000 branches: two chunks of refs more", () =>
    Effect.gen(function* () {
      const { repository, storage, target, costOf } = yield* counted
      const local = history(3)
      const few = yield* costOf((yield* prepared(target, local, newCommits, "few")).push)
      const { push } = yield* prepared(target, local, newCommits, "many")
      const roots = yield* rootsOver(Context.get(storage, ObjectStore))
      yield* roots.move(
        repository,
        Effect.fnUntraced(function* (root) {
          const head = yield* headOf(root, "main")
          const named = Array.from({ length: 3000 }, (_, place) => [BranchName.make(`branch/${place}`), head] as const)
          return { root: { heads: yield* withRefs(root, root.heads, named) }, change: change("filled") }
        })
      )
      const many = yield* costOf(push)
      const chunks = many.of("documents.write", /\/refs\//)
      assert.isAbove(chunks, 0)
      assert.isAtMost(chunks, 2)
      assert.strictEqual(many.total, few.total + chunks)
    })
  )

  it.live("of a push by a hub that has not read the packs: the size and the end of each pack, once", () =>
    Effect.gen(function* () {
      const { seed, target, costOf } = yield* counted
      const { push } = yield* prepared(seed, history(10), newCommits, "cold", target)
      const cost = yield* costOf(push)
      // The packs of the history and its blobs, and the one that was sent ahead to the other hub.
      const packs = 3
      assert.strictEqual(cost.of("head", /\/packs\//), packs)
      assert.strictEqual(cost.of("stream", /\/packs\//), packs)
      assert.strictEqual(cost.total, 4 + 2 * packs, "and nothing else")
      // What another hub took is found in the index.
      assert.deepStrictEqual(
        cost.index.filter((call) => call !== "manifests"),
        ["repositoryByName", "known", "staged", "record"]
      )
    })
  )

  it.live("of a push as an mpack stream: a put for each pack, and at most four requests more", () =>
    Effect.gen(function* () {
      const { repository, target, costOf } = yield* counted
      const send = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>, head: Step) {
        const wanted = { branch: "main", force: false, head: head.commit.id }
        const { header, objects } = mpackOf(repository, steps, wanted)
        const body = Buffer.concat(yield* Stream.runCollect(writeMpack(header, objects)))
        const answer = yield* call(target, "POST", "push", body, { contentType: mpackMediaType })
        assert.strictEqual(answer.status, 200)
      }, Effect.orDie)
      // More than a pack takes: these bytes do not compress.
      const blobs = Array.from({ length: 70 }, () => {
        const content = randomBytes(packedBlobBytesMax)
        return { id: BlobId.make(blobId(content)), size: content.byteLength, content }
      })
      const manifest = new Map(blobs.map(({ id }, file) => [`file-${file}`, id]))
      const snapshot = makeSnapshot(manifest, committedAt)
      const { commit } = step("many", {}, [], { snapshot_id: snapshot.id })
      const first: Step = { blobs, snapshot, commit }
      const large = yield* costOf(send([first], first))
      assert.isAtLeast(large.of("put", /\/packs\//), 2)
      assert.isAtMost(large.total, large.of("put") + 4)
      const next = step("next", { "song.txt": "one" }, [first])
      const small = yield* costOf(send([next], next))
      assert.strictEqual(small.of("put", /\/packs\//), 1)
      assert.isAtMost(small.total, 4)
      assert.deepStrictEqual(small.index, queriesOfPush)
    })
  )

  it.live(
    "of a clone by a hub that has not read the packs: the root, and the size, the end and the blocks of each",
    () =>
      Effect.gen(function* () {
        const { seed, target, costOf } = yield* counted
        const local = history(300)
        assert.strictEqual((yield* pushBranch(seed, local, "main")).answer.status, 200)
        const cost = yield* costOf(clone(target))
        // One pack of blobs, one of snapshots and commits; refs and the clone each read the root.
        assert.isAtMost(cost.of("stream", /\/packs\//) + cost.of("head", /\/packs\//), 10)
        assert.isAtMost(cost.total, 12)
      })
  )

  it.live("of an upload: a put of one pack, one root read, two rounds, whatever the number of blobs", () =>
    Effect.gen(function* () {
      const { target, costOf } = yield* counted
      for (const count of [1, 20]) {
        const local = growing()
        commitTo(
          local,
          "main",
          Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}.txt`, `${count} ${index}`]))
        )
        const cost = yield* costOf(uploadBlobs(target, local, local.blobs.keys()))
        assert.strictEqual(cost.of("put", /\/packs\//), 1)
        assert.isAtMost(cost.of("documents.read", rootPath), 1)
        assert.strictEqual(cost.total, 1 + cost.of("documents.read", rootPath), "and nothing else")
        assert.isAtMost(cost.rounds, 2)
        assert.isAtMost(cost.index.length, 4, cost.index.join(", "))
      }
    })
  )

  it.live("of a push in c uploads: c + 4 requests in all", () =>
    Effect.gen(function* () {
      const { target, costOf } = yield* counted
      const local = history(0)
      const uploads = 12
      for (let file = 0; file < uploads; file++) commitTo(local, "main", { [`${file}.txt`]: `text ${file}` })
      const bundle = bundleFor(local, local.heads.get("main") ?? "", [])
      assert.lengthOf(bundle.blobs, uploads)
      const push = Effect.gen(function* () {
        for (const blob of bundle.blobs) yield* uploadBlobs(target, local, [blob])
        yield* ok(post(target, "push", pushBody(local, bundle, "main")))
      })
      const cost = yield* costOf(push)
      assert.strictEqual(cost.of("put", /\/packs\//), uploads + 1)
      assert.isAtMost(cost.total, uploads + 4)
    })
  )

  it.live("of refs: one conditional read that finds nothing new", () =>
    Effect.gen(function* () {
      const { target, costOf } = yield* counted
      const cost = yield* costOf(refs({ ...target, token: undefined }))
      assert.strictEqual(cost.total, 1)
      assert.strictEqual(cost.of("documents.read", rootPath), 1)
      assert.isAtMost(cost.index.length, 1, cost.index.join(", "))
    })
  )

  it.live("of filter-objects: one root read and one query to the index, for any number of ids", () =>
    Effect.gen(function* () {
      const { seed, target, costOf } = yield* counted
      const local = history(20)
      assert.strictEqual((yield* pushBranch(seed, local, "main")).answer.status, 200)
      const cost = yield* costOf(post(target, "filter-objects", { object_ids: [...local.blobs.keys()] }))
      assert.strictEqual(cost.total, 1)
      assert.isAtMost(cost.index.length, 3, cost.index.join(", "))
    })
  )

  it.live("of an incremental push is the same at 10 commits and at 10,000", () =>
    Effect.gen(function* () {
      const costs = []
      for (const length of [10, 10_000]) {
        const { target, costOf } = yield* counted
        const { push } = yield* prepared(target, history(length), 1, `after ${length}`)
        const { total, rounds, index } = yield* costOf(push)
        assert.isAtMost(rounds, 4)
        costs.push({ total, index })
      }
      assert.deepStrictEqual(costs[1], costs[0])
      assert.strictEqual(costs[0]?.total, 4)
    })
  )
})

const postgres = await acquirePostgres()

describe("the budget on Postgres", () => {
  const counted = Effect.gen(function* () {
    const proxy = yield* countingPostgres(yield* Effect.orDie(freshDatabase(postgres)))
    const location = yield* PostgresUrl.parse(proxy.url)
    const index = yield* Layer.build(PostgresIndex.layer({ ...location, maxConnections: 2 }))
    const store = yield* Layer.build(MemoryObjectStore.layer())
    const hub = yield* startHub(Context.merge(store, index))
    const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/counted")
    const statementsOf = Effect.fnUntraced(function* <A>(request: Effect.Effect<A>) {
      const before = proxy.statements()
      yield* request
      return proxy.statements() - before
    })
    return { target, statementsOf }
  }).pipe(Effect.orDie)

  it.live("of a push is three statements, two before it and one after, for many commits as for few", () =>
    Effect.gen(function* () {
      const { target, statementsOf } = yield* counted
      const local = history(10)
      const few = yield* statementsOf((yield* prepared(target, local, 1, "few")).push)
      const many = yield* statementsOf((yield* prepared(target, local, 200, "many")).push)
      assert.strictEqual(few, 3)
      assert.strictEqual(many, 3)
    })
  )

  it.live("of the calls before it: refs 1, filter-objects 3, uploads 3", () =>
    Effect.gen(function* () {
      const { target, statementsOf } = yield* counted
      const local = history(300)
      const anonymous = { ...target, token: undefined }
      assert.isAtMost(yield* statementsOf(refs(anonymous)), 1)
      const ids = [...local.blobs.keys()]
      assert.isAtMost(yield* statementsOf(post(target, "filter-objects", { object_ids: ids })), 3)
      assert.isAtMost(yield* statementsOf(uploadBlobs(target, local, ids)), 3)
    })
  )

  it.live("of an incremental push does not grow with the history", () =>
    Effect.gen(function* () {
      const { target, statementsOf } = yield* counted
      const local = history(10)
      const short = yield* statementsOf((yield* prepared(target, local, 1, "short")).push)
      for (let index = 0; index < 1000; index++) commitTo(local, "main", { "count.txt": String(index % 10) })
      const long = yield* statementsOf((yield* prepared(target, local, 1, "long")).push)
      assert.strictEqual(long, short)
    })
  )
})
