/**
 * Push and pull of new content: nothing that the other side has is sent again, neither commits nor snapshots nor blobs,
 * also where an old file returns.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { assertCloneIs } from "../muse/assertContent.ts"
import { describeBackends, freshStorage } from "../hub/backends.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { fetchFrom, pull, pushBranch } from "../muse/LocalRepository.ts"
import { createRepository } from "../muse/MuseClient.ts"
import { textOf } from "../muse/Value.ts"

/** Six commits in which files change, return, move and vanish. */
const winding = () => {
  const local = growing()
  const first = commitTo(local, "main", { a: "one", b: "same" })
  const changed = commitTo(local, "main", { a: "two", b: "same" })
  const reverted = commitTo(local, "main", { a: "one", b: "same" })
  const copied = commitTo(local, "main", { a: "one", b: "same", c: "two" })
  const emptied = commitTo(local, "main", { b: "same" })
  const returned = commitTo(local, "main", { a: "one", b: "same", d: "new" })
  return { local, first, changed, reverted, copied, emptied, returned }
}

const unknownId = "f".repeat(64)

describeBackends("only new content is sent", (backend) => {
  const stage = Effect.gen(function* () {
    const hub = yield* startHub(yield* freshStorage(backend))
    return yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/winding")
  })

  it.live("on push", () =>
    Effect.gen(function* () {
      const target = yield* stage
      const { local, ...ids } = winding()
      const uploads = {
        first: ["one", "same"],
        changed: ["two"],
        reverted: [],
        copied: [],
        emptied: [],
        returned: ["new"]
      }
      for (const [name, contents] of Object.entries(uploads)) {
        const tip = ids[name as keyof typeof ids]
        const { answer, bundle, missing } = yield* pushBranch(target, local, "main", { tip })
        assert.strictEqual(answer.status, 200, name)
        assert.deepStrictEqual(bundle.commits, [tip], name)
        assert.sameMembers([...missing], contents.map(blobId), name)
      }
      yield* assertCloneIs(target, local)
    })
  )

  it.live("on pull", () =>
    Effect.gen(function* () {
      const target = yield* stage
      const { local, first, changed, reverted, copied, emptied, returned } = winding()
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const snapshotOf = (id: string) => textOf(local.commits.get(id) ?? null, "snapshot_id")
      const cases = [
        {
          have: [],
          want: returned,
          commits: [first, changed, reverted, copied, emptied, returned],
          snapshots: [first, changed, copied, emptied, returned],
          blobs: ["one", "two", "same", "new"]
        },
        { have: [first], want: reverted, commits: [changed, reverted], snapshots: [changed], blobs: ["two"] },
        { have: [changed], want: reverted, commits: [reverted], snapshots: [], blobs: [] },
        { have: [reverted], want: copied, commits: [copied], snapshots: [copied], blobs: [] },
        {
          have: [emptied],
          want: returned,
          commits: [returned],
          snapshots: [returned],
          blobs: ["new"]
        },
        {
          have: [unknownId, returned, emptied, "init-12158b9e"],
          want: returned,
          commits: [],
          snapshots: [],
          blobs: []
        },
        { have: [returned], want: first, commits: [], snapshots: [], blobs: [] }
      ]
      for (const { have, want, commits, snapshots, blobs } of cases) {
        const received = yield* fetchFrom(target, [want], have)
        const name = `${want} for a client with ${have.join(", ")}`
        assert.sameMembers([...received.commits.keys()], commits, name)
        assert.sameMembers([...received.snapshots.keys()], snapshots.map(snapshotOf), name)
        assert.sameMembers([...received.blobs.keys()], blobs.map(blobId), name)
      }
    })
  )

  it.live("between branches that added the same file independently", () =>
    Effect.gen(function* () {
      const target = yield* stage
      const local = growing()
      const base = commitTo(local, "main", { a: "base" })
      const main = commitTo(local, "main", { a: "base", x: "twice" })
      const side = commitTo(local, "side", { a: "base", y: "twice" }, { parents: [base] })
      for (const branch of ["main", "side"]) {
        assert.strictEqual((yield* pushBranch(target, local, branch)).answer.status, 200)
      }
      const toMain = yield* fetchFrom(target, [main], [side])
      assert.deepStrictEqual([...toMain.commits.keys()], [main])
      assert.strictEqual(toMain.blobs.size, 0)
      const toBoth = yield* fetchFrom(target, [main, side], [base])
      assert.sameMembers([...toBoth.commits.keys()], [main, side])
      assert.deepStrictEqual([...toBoth.blobs.keys()], [blobId("twice")])
      const merged = commitTo(local, "main", { a: "base", x: "twice", y: "twice" }, { parents: [main, side] })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const toMerge = yield* fetchFrom(target, [merged], [main])
      assert.sameMembers([...toMerge.commits.keys()], [side, merged])
      assert.strictEqual(toMerge.blobs.size, 0)
    })
  )

  it.live("after the number of negotiation rounds that the client's order of ids takes", () =>
    Effect.gen(function* () {
      const target = yield* stage
      const local = growing()
      const base = commitTo(local, "main", { a: "base" })
      const head = commitTo(local, "main", { a: "next" })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const unrelated = Array.from({ length: 130 }, (_, index) => blobId(`commit ${index}`))
      const late = yield* pull(target, "main", [...unrelated, base])
      assert.strictEqual(late.rounds, 3)
      assert.deepStrictEqual(late.have, [base])
      assert.deepStrictEqual([...late.commits.keys()], [head])
      const early = yield* pull(target, "main", [base, ...unrelated])
      assert.strictEqual(early.rounds, 1)
      assert.deepStrictEqual([...early.blobs.keys()], [blobId("next")])
      const never = yield* pull(target, "main", unrelated)
      assert.strictEqual(never.rounds, 3)
      assert.sameMembers([...never.commits.keys()], [base, head])
    })
  )
})
