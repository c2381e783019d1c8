/** What a merge may cost: other work goes on beside it, and beyond its bounds a file is a conflict. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { atOnce } from "@musehub/domain/base/Slices"
import { mergeBytesMax } from "@musehub/domain/merge/merge"
import { textBytesMax } from "@musehub/domain/merge/NumberedText"
import { uniteText } from "@musehub/domain/merge/TextMerge"
import { History } from "./History.ts"

const manyLines = (line: (at: number) => string) =>
  Buffer.from(Array.from({ length: 400_000 }, (_, at) => line(at)).join(""))

/** Counts how often the event loop turns until an effect ends. */
const turnsDuring = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E>) {
  const running = yield* Effect.forkChild(effect)
  let turns = 0
  while (running.pollUnsafe() === undefined) {
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    turns++
  }
  return { turns, result: yield* Fiber.join(running) }
})

describe("a merge of large texts", () => {
  it.live("lets other work go on, however many lines there are", () =>
    Effect.gen(function* () {
      const history = new History()
      const base = manyLines((at) => `${at}\n`)
      const root = history.commit({ f: base })
      const ours = history.commit({ f: Buffer.concat([Buffer.from("first\n"), base]) }, root)
      const theirs = history.commit({ f: Buffer.concat([base, Buffer.from("last\n")]) }, root)
      const { result, turns } = yield* turnsDuring(history.merge(ours, theirs))
      assert.strictEqual(result.tree?.["f"], `first\n${base.toString()}last\n`)
      assert.isAbove(turns, 50)
    })
  )

  it.live("ends where the comparison takes too many steps: the file is too large to merge by lines", () =>
    Effect.gen(function* () {
      const history = new History()
      const lines = (period: number) => manyLines((at) => `${at % period === 0 ? 1 : 0}\n`)
      const root = history.commit({ f: lines(400), g: "1\n" })
      const ours = history.commit({ f: lines(401), g: "1\n" }, root)
      const theirs = history.commit({ f: lines(402), g: "2\n" }, root)
      const { turns, result } = yield* turnsDuring(history.merge(ours, theirs))
      assert.deepStrictEqual(
        result.conflicts.map(({ path, cause }) => [path, cause]),
        [["f", "too_large"]]
      )
      assert.isAbove(turns, 50)
    })
  )

  it.live("is a conflict for every path after the first ones that were all it may read, each time the same", () =>
    Effect.gen(function* () {
      const history = new History()
      const paths = Array.from({ length: 10 }, (_, at) => `f${at}`)
      const tree = (content: Uint8Array) => Object.fromEntries(paths.toReversed().map((path) => [path, content]))
      const text = (first: string) => Buffer.concat([Buffer.from(first), Buffer.alloc(textBytesMax - 2, "x")])
      const root = history.commit(tree(text("a")))
      const [ours, theirs] = [history.commit(tree(text("b")), root), history.commit(tree(text("c")), root)]
      const { conflicts } = yield* history.merge(ours, theirs)
      const read = 2 * Math.ceil((mergeBytesMax + 1) / (2 * 3 * textBytesMax))
      assert.deepStrictEqual(
        conflicts.map(({ path, cause }) => [path, cause]),
        paths.map((path, at) => [path, at < read ? "changes" : "too_large"])
      )
    })
  )

  it.effect("is a conflict by the rule union too, and takes no side without a word", () =>
    Effect.gen(function* () {
      const history = new History()
      const rules = '[[rules]]\npath = "f"\ndimension = "*"\nstrategy = "union"\n'
      const tree = (first: string) => ({ f: Buffer.alloc(textBytesMax + 1, first), ".museattributes": rules })
      const root = history.commit(tree("a"))
      const { conflicts } = yield* history.merge(history.commit(tree("b"), root), history.commit(tree("c"), root))
      assert.deepStrictEqual(
        conflicts.map(({ path, cause }) => [path, cause]),
        [["f", "too_large"]]
      )
    })
  )
})

describe("uniting texts without a final line end", () => {
  it("ends the first line of a file that had none", () => {
    const bytes = (text: string) => Buffer.from(text)
    const united = atOnce(uniteText({ base: bytes(""), ours: bytes("x"), theirs: bytes("y") }))
    assert(united.outcome === "merged")
    assert.strictEqual(Buffer.from(united.content).toString(), "x\ny")
  })
})
