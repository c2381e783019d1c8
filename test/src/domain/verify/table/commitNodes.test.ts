/** The nodes of commits that were read, against those that the graph gives. */
import { assert, describe, it } from "@effect/vitest"
import { historyOf } from "@musehub/contract/IndexSamples"
import { elementAt, expected } from "@musehub/domain/base/expected"
import { atOnce } from "@musehub/domain/base/Slices"
import { type CommitNode, withNodes } from "@musehub/domain/history/CommitNode"
import { sha256 } from "@musehub/domain/object/Digest"
import { SnapshotId } from "@musehub/domain/object/Id"
import { digestingRows, nodeText } from "@musehub/domain/port/index/digest/digestingRows"
import { CommitNodes } from "@musehub/domain/usecase/operations/verify/packs/CommitNodes"
import { ObjectTable } from "@musehub/domain/usecase/operations/verify/packs/ObjectTable"
import { Effect } from "effect"
import { withPacks } from "./withPacks.ts"

/** Steps of a history that forks and merges. */
const steps = Array.from({ length: 60 }, (_, place) => ({
  files: { a: `${place}`, b: `${place % 7}` },
  parents: place === 0 ? [] : place % 5 === 4 ? [place - 1, place - 3] : [Math.max(0, place - 1 - (place % 3))]
}))

const made = Effect.gen(function* () {
  const { commits, packs } = yield* historyOf(steps)
  const values = commits.map(({ stored }) => stored.value)
  const table = atOnce(ObjectTable.making(packs))
  const nodes: ReadonlyArray<CommitNode> = [...withNodes(new Map(), values).values()].toSorted((a, b) =>
    a.id < b.id ? -1 : 1
  )
  return { nodes, table, values }
})

describe("nodes of commits", () => {
  it.effect("are hashed as the graph gives them, in whatever order they come", () =>
    Effect.gen(function* () {
      const { nodes, table, values } = yield* made
      for (const order of [values, values.toReversed(), values.toSorted((a, b) => (a.id < b.id ? -1 : 1))]) {
        const commits = new CommitNodes(table)
        for (const commit of order) commits.add(commit)
        atOnce(commits.settling())
        for (const [from, end] of [
          [0, nodes.length],
          [7, 31],
          [3, 3]
        ] as const) {
          const wanted = atOnce(digestingRows(nodes.slice(from, end), nodeText)).sha256
          assert.strictEqual(atOnce(commits.hashing(from, end)), wanted)
        }
        for (const [place, { id, parents, snapshotId }] of nodes.entries()) {
          assert.deepStrictEqual(commits.at(place), { id, parents, snapshotId })
        }
      }
    }).pipe(withPacks)
  )

  it.effect("have no hash where one is not known, or lacks its snapshot", () =>
    Effect.gen(function* () {
      const { nodes, table, values } = yield* made
      const commits = new CommitNodes(table)
      const [first, last] = [elementAt(values, 0), expected(values.at(-1), "the last commit")]
      commits.add(first)
      const lost = { ...last, snapshotId: SnapshotId.make(sha256("no snapshot")) }
      commits.add(lost)
      atOnce(commits.settling())
      const placeOf = (id: string) => nodes.findIndex((node) => node.id === id)
      assert.isUndefined(atOnce(commits.hashing(0, nodes.length)))
      assert.isString(atOnce(commits.hashing(placeOf(first.id), placeOf(first.id) + 1)))
      const { id, parents, snapshotId } = lost
      const found = expected(commits.at(placeOf(last.id)), "the commit that lacks its snapshot")
      assert.deepStrictEqual(
        { id: found.id, parents: found.parents, snapshotId: found.snapshotId },
        { id, parents, snapshotId }
      )
      assert.isUndefined(commits.at(placeOf(elementAt(values, 1).id)))
    }).pipe(withPacks)
  )
})
