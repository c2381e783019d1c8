import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "../../object/Digest.ts"
import { LegacyGraph } from "./LegacyGraph.ts"

const [a, b, c] = [sha256("a"), sha256("b"), sha256("c")]
const [one, two] = [sha256("one"), sha256("two")]

const graphOf = (...rows: ReadonlyArray<Parameters<LegacyGraph["add"]>[0]>) => {
  const graph = new LegacyGraph()
  for (const row of rows) graph.add(row)
  return graph
}

describe("LegacyGraph", () => {
  it("has what rows say, and nothing of parents without a row", () => {
    const rows = [
      { id: c, parents: [b, a, "lost"], snapshot: two },
      { id: b, parents: [], snapshot: null },
      { id: "init-1", parents: [b], snapshot: "no hash" }
    ]
    const graph = graphOf(...rows)
    for (const row of rows) assert.deepStrictEqual(graph.get(row.id), row)
    for (const id of [a, "lost"]) {
      assert.isUndefined(graph.get(id))
      assert.isFalse(graph.has(id))
      assert.strictEqual(graph.idOf(graph.numberOf(id) ?? Number.NaN), id)
    }
    assert.isUndefined(graph.numberOf(one))
  })

  it("takes the last of several rows of one commit", () => {
    const graph = graphOf({ id: a, parents: [b], snapshot: one }, { id: a, parents: [], snapshot: two })
    assert.deepStrictEqual(graph.get(a), { id: a, parents: [], snapshot: two })
  })

  it("lists the snapshots of first parents of all commits of a snapshot", () => {
    const graph = graphOf(
      { id: "x", parents: [a, "z"], snapshot: "s" },
      { id: "y", parents: ["z", a], snapshot: "s" },
      { id: "w", parents: ["x"], snapshot: "s" },
      { id: "v", parents: ["lost"], snapshot: "s" },
      { id: "u", parents: [], snapshot: "s" },
      { id: "z", parents: [], snapshot: two },
      { id: a, parents: [], snapshot: one }
    )
    assert.sameMembers([...graph.basesOf("s")], [one, two])
    for (const snapshot of [one, "unknown"]) assert.deepStrictEqual(graph.basesOf(snapshot), [])
  })
})
