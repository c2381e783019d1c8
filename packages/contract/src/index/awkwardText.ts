/** What every index promises about text of any content. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { createRoot, historyOf, idsOf, newRoot, reflect } from "../IndexSamples.ts"
import { rowOf, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

export const awkwardText = (it: Suite) => {
  it.effect("commits are recorded whatever their text contains", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const texts = [
        "NUL \0 inside",
        "'; DROP TABLE commits; --",
        '\\x00 {a,b} "q" $1 ?',
        "👩‍🎤 \u{ffff}",
        "",
        "x".repeat(100_000),
        "\r\n\t"
      ]
      const history = yield* historyOf(
        texts.map((text, place) => ({
          parents: place === 0 ? [] : [place - 1],
          files: { a: text },
          message: text,
          author: text,
          branch: text
        }))
      )
      yield* publish(history)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, texts.length)
    })
  )

  it.effect("names and descriptions of repositories are returned unchanged, apart from NUL", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const name = '\'; -- "ä" 👩‍🎤'
      const root = yield* createRoot(newRoot(repository, { name, description: `${name}\0${name}` }))
      yield* reflect(index, root)
      const row = Option.getOrThrow(yield* rowOf(index, root))
      assert.strictEqual(row.repository.name, name)
      assert.strictEqual(row.repository.description.length, name.length * 2 + 1)
    })
  )
}
