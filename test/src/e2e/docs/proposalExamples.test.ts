/** The examples of docs/proposals.md are sent to a hub as they are written, and must have the answers that it gives. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { rowsOf, section } from "../../support/pageTable.ts"
import { ask, textOf, valueOf } from "../hub/askRest.ts"
import { tokenFor } from "../hub/Hub.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const examples = section("proposals.md", "Examples").split("\n### ").slice(1)

/** Splits a cell in backticks into words and the JSON at its end. */
const wordsOf = (cell: string) => {
  const [, words = "", json] = /^`([^{]*?) ?(\{.*\})?`$/.exec(cell) ?? []
  return { words: words.split(" "), value: json === undefined ? undefined : (JSON.parse(json) as object) }
}

describeOnMemoryStage("the examples of docs/proposals.md", (it) => {
  it.effect("there are some", () => Effect.sync(() => assert.isAbove(examples.length, 3)))

  for (const [place, example] of examples.entries()) {
    it.effect(example.split("\n", 1)[0] ?? example, () =>
      Effect.gen(function* () {
        const { hub, ada, bob } = yield* Stage
        const tokens = new Map([
          ["ada", ada],
          ["bob", bob],
          ["carol", yield* tokenFor(hub, "carol")]
        ])
        const slug = `example-${place}`
        yield* ask("POST", "/repos", { owner: "ada", name: slug, visibility: "public" })
        for (const user of ["bob", "carol"]) {
          yield* ask("PUT", `/repos/ada/${slug}/collaborators/${user}`, { role: "write" })
        }
        const rows = rowsOf(example)
        assert.isAbove(rows.length, 2)
        for (const [by = "", request = "", answer = ""] of rows) {
          const { value, words } = wordsOf(request)
          const [method = "", path = ""] = words
          const expected = wordsOf(answer)
          const given = yield* ask(method, `/repos/ada/${slug}/${path}`, value, { token: tokens.get(by) })
          assert.strictEqual(String(given.status), expected.words[0], `${by}: ${request}: ${textOf(given)}`)
          assert.deepInclude(valueOf(given), { ...expected.value }, `${by}: ${request}`)
        }
      })
    )
  }
})
