/**
 * What works while half of the hub is away: the store is the truth, and the index may be lost. An acknowledged push
 * stays forever, and a refused or broken one is never visible.
 */
import { wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { assert, it } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer } from "effect"
import { type Fault, injecting, type Rule, scripted } from "../../support/faultyStore.ts"
import { historyPath, rootPath } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { audit } from "../muse/audit.ts"
import { type Backend, describeBackends, freshStorage } from "../hub/backends.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { blobId, commitTo, copyOf, type Growing } from "../muse/history.ts"
import { type Hub, startHub, type Storage, tokenFor } from "../hub/Hub.ts"
import type { Answer } from "../hub/Http.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"
import { bundleFor, fetchFrom, pushAll, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { call, createRepository, filterObjects, heads, post, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { assertSame, type Sendable } from "../muse/Value.ts"

const assertAway = (answer: Answer, message: string) => {
  assertProblem(answer, 503, /^the (object store|index) does not answer|^the object store stopped answering/, message)
  assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, message)
}

/** A hub whose store and index can be made to fail, with a repository on it. */
const spoilable = Effect.fnUntraced(function* (backend: Backend, name = "linear") {
  const storage = yield* freshStorage(backend)
  const index = indexControl()
  let faults = scripted([])
  const spoilt: Storage = Context.make(
    ObjectStore,
    interposed(
      Context.get(storage, ObjectStore),
      injecting((storeCall) => faults(storeCall))
    )
  ).pipe(Context.merge(portsOf(interposedIndex(wholeIndexOf(storage), index.interpose))))
  const hub = yield* startHub(spoilt)
  const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), `ada/${name}`)
  const local = copyOf(goldenRepository(name))
  yield* pushAll(target, local)
  return {
    storage,
    spoilt,
    index,
    hub,
    target,
    local,
    /** Sets how the store fails from now on. */
    script: (next: ReadonlyArray<Rule>) => {
      faults = scripted(next)
    }
  }
})

/** Makes one more commit on main and uploads its blobs; returns the push that is left to do. */
const nextPush = Effect.fnUntraced(function* (target: Target, local: Growing, content: string) {
  const head = local.heads.get("main") ?? ""
  const files = { "next.txt": content }
  const tip = commitTo(local, "main", files)
  const bundle = bundleFor(local, tip, [head])
  yield* uploadBlobs(target, local, bundle.blobs)
  const push: Effect.Effect<Answer> = post(target, "push", pushBody(local, bundle, "main"))
  return { push, tip, head, blobs: bundle.blobs }
})

/** Asserts that nothing of a failed push is visible. */
const assertNoTrace = Effect.fnUntraced(function* (
  target: Target,
  { tip, head, blobs }: { readonly tip: string; readonly head: string; readonly blobs: ReadonlyArray<string> }
) {
  assert.strictEqual((yield* heads(target)).get("main"), head)
  assertProblem(yield* post(target, "fetch", { want: [tip], have: [] }), 404, /not in this repository/)
  assert.deepStrictEqual(yield* filterObjects(target, blobs), blobs)
})

const newBlob = Buffer.from("a blob that no hub has")

const endpoints: ReadonlyArray<readonly [string, Sendable | undefined]> = [
  ["refs", undefined],
  ["fetch", { want: [], have: [] }],
  ["negotiate", { want: [], have: [] }],
  ["filter-objects", { object_ids: [] }],
  ["presign", { object_ids: [], direction: "put" }],
  ["push/objects", { objects: [{ object_id: blobId(newBlob), content: newBlob }] }],
  ["push", { bundle: {}, branch: "main" }]
]

const ask = (target: Target, path: string, value: Sendable | undefined) =>
  value === undefined ? call(target, "GET", path) : post(target, path, value)

const every: Fault = { failBefore: true }
const storeIsAway: ReadonlyArray<Rule> = (
  [
    "put",
    "get",
    "stream",
    "head",
    "list",
    "documents.read",
    "documents.write",
    "uploads.presignPut",
    "uploads.size",
    "uploads.stream"
  ] as const
).map((operation) => ({ operation, fault: every }))

describeBackends("a hub whose index is lost", (backend) => {
  it.live("accepts pushes and serves from the store alone, and rebuilds its rows", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const golden = ["merges", "octopus", "provenance"].map((name) => [name, goldenRepository(name)] as const)
      const first = yield* startHub(storage)
      const token = yield* tokenFor(first, "ada")
      for (const [name, local] of golden) {
        yield* pushAll(yield* createRepository(first.url, token, `ada/${name}`, {}), local)
      }
      const hidden = yield* createRepository(first.url, token, "ada/hidden", { visibility: "private" })
      yield* pushAll(hidden, goldenRepository("linear"))

      const index = yield* Layer.build(Layer.fresh(backend.index))
      const hub: Hub = yield* startHub(Context.merge(storage, index))
      for (const [name, local] of golden) {
        const target: Target = { url: hub.url, repository: `ada/${name}`, token }
        yield* assertCloneIs(target, local)
        const { id } = yield* refs(target)
        yield* Effect.provideContext(audit(id), hub.services)
        assert.deepStrictEqual(yield* filterObjects(target, local.blobs.keys()), [])
      }
      const found: Target = { ...hidden, url: hub.url }
      assertProblem(yield* call({ ...found, token: undefined }, "GET", "refs"), 404, /no repository/)
      const local = copyOf(goldenRepository("linear"))
      commitTo(local, "main", { "after.txt": "after the loss" })
      const { answer, missing } = yield* pushBranch(found, local, "main")
      assert.strictEqual(answer.status, 200)
      assert.lengthOf(missing, 1)
      const content = yield* fetchFrom(found, (yield* heads(found)).values())
      assertSame(content.commits, local.commits, "commits")

      const again = yield* tokenFor(hub, "ada")
      assert.strictEqual((yield* call({ ...found, token: again }, "GET", "refs")).status, 200)
      const taken = yield* Effect.exit(createRepository(hub.url, again, "ada/merges"))
      assert.strictEqual(taken._tag, "Failure")
      yield* createRepository(hub.url, again, "ada/new", { initialize: true })
    })
  )
})

describeBackends("a hub whose index is down", (backend) => {
  it.live("serves clones, fetches and refs, and accepts pushes again afterwards", () =>
    Effect.gen(function* () {
      const { spoilt, index, hub, target, local } = yield* spoilable(backend, "merges")
      const side = [...local.heads.values()].slice(1)
      const before = yield* fetchFrom(target, local.heads.values(), side)
      const { push, tip } = yield* nextPush(target, local, "while the index is down")
      index.fail(() => true)
      const expected = copyOf(goldenRepository("merges"))
      // A hub that has been running, and one that starts now with empty caches.
      for (const { url } of [hub, yield* startHub(spoilt)]) {
        const there = { ...target, url }
        yield* assertCloneIs(there, expected)
        const fetched = yield* fetchFrom(there, expected.heads.values(), side)
        assertSame([...fetched.commits.keys()].toSorted(), [...before.commits.keys()].toSorted(), "commits")
        assertSame([...fetched.blobs.keys()].toSorted(), [...before.blobs.keys()].toSorted(), "blobs")
        assertSame([...fetched.snapshots.keys()].toSorted(), [...before.snapshots.keys()].toSorted(), "snapshots")
        assertProblem(yield* call({ ...there, token: "muse_wrong" }, "GET", "refs"), 401, /token/)
      }
      assertAway(yield* push, "push")
      const [blob = new Uint8Array()] = local.blobs.values()
      const objects = [{ object_id: local.blobs.keys().next().value ?? "", content: blob }]
      assertAway(yield* post(target, "push/objects", { objects }), "push/objects")
      assertAway(yield* post(target, "filter-objects", { object_ids: [] }), "filter-objects")
      index.fail(() => false)
      assert.strictEqual((yield* push).status, 200)
      assert.strictEqual((yield* heads(target)).get("main"), tip)
      yield* assertCloneIs(target, local)
    })
  )

  it.live("refuses a push whose repository it could not look up there, even if it is back at once", () =>
    Effect.gen(function* () {
      const { index, target, local } = yield* spoilable(backend)
      const { push, tip } = yield* nextPush(target, local, "the index was away for a moment")
      index.fail((operation) => operation === "repositoryByName")
      assertAway(yield* push, "push")
      index.fail(() => false)
      assert.strictEqual((yield* push).status, 200)
      assert.strictEqual((yield* heads(target)).get("main"), tip)
    })
  )

  it.live("answers for an acknowledged push correctly ever after, though the branch rows were not updated", () =>
    Effect.gen(function* () {
      const { spoilt, index, hub, target, local } = yield* spoilable(backend)
      const { push, tip, blobs } = yield* nextPush(target, local, "reflected late")
      index.fail((operation) => operation === "record")
      assert.strictEqual((yield* push).status, 200)
      index.fail(() => false)
      assert.deepStrictEqual(yield* filterObjects(target, blobs), [])
      assert.strictEqual((yield* heads(target)).get("main"), tip)

      const later = yield* nextPush(target, local, "reflected by another process")
      index.fail((operation) => operation === "record")
      assert.strictEqual((yield* later.push).status, 200)
      index.fail(() => false)
      const other = { ...target, url: (yield* startHub(spoilt)).url }
      yield* assertCloneIs(other, local)
      assert.strictEqual((yield* (yield* nextPush(other, local, "the next push succeeds")).push).status, 200)
      yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
    })
  )
})

describeBackends("a hub whose store is down", (backend) => {
  it.live("says so and when to come back, and works afterwards", () =>
    Effect.gen(function* () {
      const { script, target, local } = yield* spoilable(backend)
      script(storeIsAway)
      for (const [path, value] of endpoints) assertAway(yield* ask(target, path, value), path)
      script([])
      yield* assertCloneIs(target, local)
    })
  )

  it.live("breaks an answer off instead of omitting what it cannot read", () =>
    Effect.gen(function* () {
      const { spoilt, script, target, local } = yield* spoilable(backend)
      let brokenOff = 0
      let isWhole = false
      for (let nth = 1; !isWhole; nth += 1) {
        // A hub with nothing in memory. It reads the ends of the packs before it answers, and their blocks afterwards.
        const { url } = yield* startHub(spoilt)
        script([{ operation: "stream", path: /\/packs\//, nth, fault: every }])
        const asked = post({ ...target, url }, "fetch", { want: [...local.heads.values()], have: [] })
        const outcome = yield* Effect.exit(asked)
        if (outcome._tag === "Failure") brokenOff += 1
        else if (outcome.value.status === 200) isWhole = true
        else assertAway(outcome.value, `read ${nth} of the packs`)
      }
      assert.isAtLeast(brokenOff, 3, "at the blobs, the snapshots and the commits")
      script([])
      yield* assertCloneIs(target, local)
    })
  )

  const stories: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<Rule> }> = [
    { name: "at the pack", rules: [{ operation: "put", path: /\/packs\//, fault: every }] },
    { name: "at the pack that landed", rules: [{ operation: "put", path: /\/packs\//, fault: { failAfter: true } }] },
    { name: "at the copy of the root", rules: [{ operation: "documents.write", path: historyPath, fault: every }] },
    { name: "at the root", rules: [{ operation: "documents.write", path: rootPath, fault: every }] }
  ]
  for (const { name, rules } of stories) {
    it.live(`leaves no trace of a push that failed ${name}`, () =>
      Effect.gen(function* () {
        const { spoilt, script, hub, target, local } = yield* spoilable(backend)
        const next = yield* nextPush(target, local, name)
        script(rules)
        assertAway(yield* next.push, name)
        script([])
        yield* assertNoTrace(target, next)
        yield* assertNoTrace({ ...target, url: (yield* startHub(spoilt)).url }, next)
        assert.strictEqual((yield* next.push).status, 200)
        yield* assertCloneIs(target, local)
        yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      })
    )
  }

  it.live("leaves no trace of an upload that broke off", () =>
    Effect.gen(function* () {
      const { script, target, local } = yield* spoilable(backend)
      const head = local.heads.get("main") ?? ""
      const tip = commitTo(local, "main", { "x.txt": "upload that breaks off" })
      const bundle = bundleFor(local, tip, [head])
      const objects = bundle.blobs.map((id) => ({ object_id: id, content: local.blobs.get(id) ?? new Uint8Array() }))
      script([{ operation: "put", path: /\/packs\//, fault: every }])
      assertAway(yield* post(target, "push/objects", { objects }), "push/objects")
      script([])
      const problem = assertProblem(yield* post(target, "push", pushBody(local, bundle, "main")), 422, /blob.* missing/)
      assert.strictEqual(problem.get("total"), 1)
      yield* assertNoTrace(target, { tip, head, blobs: bundle.blobs })
      yield* uploadBlobs(target, local, bundle.blobs)
      assert.strictEqual((yield* post(target, "push", pushBody(local, bundle, "main"))).status, 200)
    })
  )

  it.live("recognises its own root when only the answer to the write was lost", () =>
    Effect.gen(function* () {
      const { script, hub, target, local } = yield* spoilable(backend)
      const { push, tip } = yield* nextPush(target, local, "the answer is lost")
      script([{ operation: "documents.write", path: rootPath, nth: 1, fault: { failAfter: true } }])
      assert.strictEqual((yield* push).status, 200)
      assert.strictEqual((yield* heads(target)).get("main"), tip)
      const { root } = yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      assert.strictEqual(root.changes[0]?.moves[0]?.to, tip)
    })
  )
})
