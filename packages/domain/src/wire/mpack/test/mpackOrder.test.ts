/** Tests the order of a stream: blobs, snapshot, commit, and objects that no commit of the plan introduces. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "../../../object/Digest.ts"
import { BlobId, CommitId, SnapshotId } from "../../../object/Id.ts"
import { seeded } from "@musehub/msgpack/testing"
import { mpackOrder } from "../mpackOrder.ts"
import { randomHistory } from "./testing.ts"

const commit = (name: string) => CommitId.make(sha256(`commit ${name}`))
const snapshot = (name: string) => SnapshotId.make(sha256(`snapshot ${name}`))
const blob = (name: string) => BlobId.make(sha256(`blob ${name}`))

const names = new Map<string, string>()
for (const name of "123456789") {
  names.set(commit(name), `c${name}`).set(snapshot(name), `s${name}`).set(blob(name), `b${name}`)
}
const ordered = (plan: Parameters<typeof mpackOrder>[0]) =>
  [...mpackOrder(plan)].map(({ id }) => names.get(id) ?? id).join(" ")

describe("the order of a plan", () => {
  it("is blobs, snapshot, commit, without repeats", () => {
    const plan = {
      commits: [
        { id: commit("1"), snapshotId: snapshot("1"), introduces: [blob("1"), blob("2")] },
        { id: commit("2"), snapshotId: snapshot("1"), introduces: [] },
        { id: commit("3"), snapshotId: snapshot("2"), introduces: [blob("2"), blob("3")] }
      ],
      snapshots: [snapshot("1"), snapshot("2")],
      blobs: [blob("3"), blob("2"), blob("1")]
    }
    assert.strictEqual(ordered(plan), "b1 b2 s1 c1 c2 b3 s2 c3")
  })

  it("leaves out what the receiver has", () => {
    const plan = {
      commits: [{ id: commit("1"), snapshotId: snapshot("1"), introduces: [blob("1"), blob("2")] }],
      snapshots: [],
      blobs: [blob("2")]
    }
    assert.strictEqual(ordered(plan), "b2 c1")
  })

  it("begins with blobs that no commit introduces, and ends with snapshots of no commit", () => {
    const plan = {
      commits: [{ id: commit("1"), snapshotId: snapshot("1"), introduces: [blob("1")] }],
      snapshots: [snapshot("9"), snapshot("1")],
      blobs: [blob("1"), blob("8")]
    }
    assert.strictEqual(ordered(plan), "b8 b1 s1 c1 s9")
    assert.strictEqual(ordered({ commits: [], snapshots: [], blobs: [] }), "")
  })

  it("has every object of random histories exactly once", () => {
    const random = seeded(5)
    for (let run = 0; run < 200; run++) {
      const { plan } = randomHistory(random, 12, 20)
      const entries = [...mpackOrder(plan)].map(({ type, id }) => `${type} ${id}`)
      assert.strictEqual(new Set(entries).size, entries.length)
      const { commits, snapshots, blobs } = plan
      assert.strictEqual(entries.length, commits.length + [...snapshots].length + [...blobs].length)
    }
  })
})
