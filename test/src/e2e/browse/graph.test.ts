/** The graph of commits, over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"

interface Node {
  readonly id: string
  readonly parents: ReadonlyArray<string>
  readonly generation: number
  readonly refs: ReadonlyArray<string>
}

describeOnStages("the graph of a repository", (it) => {
  it.effect("has the commits below all branches or some refs, in pages of any size", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const empty = yield* ask("GET", `/repos/${target.repository}/graph`)
      assert.deepStrictEqual(valueOf(empty), { items: [], nextCursor: null })
      const local = growing()
      const first = commitTo(local, "main", { a: "1" })
      for (const branch of ["same", "topic", "x,y"]) local.heads.set(branch, first)
      const second = commitTo(local, "main", { a: "2" })
      const topic = commitTo(local, "topic", { a: "1", b: "1" })
      const merge = commitTo(local, "main", { a: "2", b: "1" }, { parents: [second, topic] })
      yield* pushAll(target, local)
      const get = (query: ReadonlyArray<readonly [string, string]>) => {
        const parameters = new URLSearchParams()
        for (const [name, value] of query) parameters.append(name, value)
        return ask("GET", `/repos/${target.repository}/graph?${parameters}`)
      }
      const all = Effect.fnUntraced(function* (refs: ReadonlyArray<string>, limit: string) {
        const nodes: Array<Node> = []
        for (let cursor: unknown = ""; cursor !== null;) {
          const asked = refs.map((ref) => ["refs", ref] as const)
          const further = cursor === "" ? [] : ([["cursor", String(cursor)]] as const)
          const page = valueOf(yield* get([...asked, ["limit", limit], ...further]))
          nodes.push(...(page["items"] as ReadonlyArray<Node>))
          cursor = page["nextCursor"]
        }
        return nodes
      })
      const [one, other] = [second, topic].toSorted()
      for (const limit of ["1", "2", "1000"]) {
        const nodes = yield* all([], limit)
        assert.deepStrictEqual(
          nodes.map(({ generation, id }) => [generation, id]),
          [
            [3, merge],
            [2, one],
            [2, other],
            [1, first]
          ]
        )
        assert.deepStrictEqual(nodes.map(({ refs }) => refs.join(" ")).toSorted(), ["", "main", "same x,y", "topic"])
        assert.deepStrictEqual(nodes[0]?.parents, [second, topic])
        const some = yield* all(["topic", second], limit)
        assert.deepStrictEqual(new Set(some.map(({ id }) => id)), new Set([second, topic, first]))
        const labels = new Map(some.map(({ id, refs }) => [id, refs]))
        assert.deepStrictEqual([labels.get(topic), labels.get(second), labels.get(first)], [["topic"], [second], []])
      }
      assert.lengthOf(yield* all(["x,y"], "10"), 1)
      assertProblem(yield* get([["refs", "nowhere"]]), 404, /no branch "nowhere" here/)
      assertProblem(yield* get([["refs", "f".repeat(64)]]), 404, /no commit/)
      assertProblem(yield* get(Array.from({ length: 51 }, () => ["refs", "main"] as const)), 400, /refs/)
    })
  )
})
