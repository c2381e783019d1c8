/** Hunks of two texts: applied to the earlier one they give the later one, and hostile texts end within bounds. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { utf8 } from "../../base/Bytes.ts"
import { atOnce, sliceSteps } from "../../base/Slices.ts"
import { comparingTexts, type TextDiff } from "./comparingTexts.ts"
import { contextLines, withoutEnd } from "./HunkWriter.ts"

const compared = (before: string, after: string): TextDiff => {
  const diff = atOnce(comparingTexts(utf8(before), utf8(after)))
  assert.isDefined(diff)
  return diff
}

/** Lines with their LF; the last one may lack it. */
const linesOf = (text: string): ReadonlyArray<string> => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

const mark = withoutEnd.slice(1)

/** The lines of a hunk that one text has. */
const sideOf = (text: string, signs: string): ReadonlyArray<string> => {
  const lines = linesOf(text)
  return lines.flatMap((line, place) =>
    signs.includes(line.charAt(0)) ? [lines[place + 1] === mark ? line.slice(1, -1) : line.slice(1)] : []
  )
}

/** Applies hunks as `patch` does, and checks what they say of the earlier text. */
const applied = (before: string, { hunks }: TextDiff): string => {
  const old = linesOf(before)
  let at = 0
  const written: Array<string> = []
  for (const { newLines, newStart, oldLines, oldStart, text } of hunks) {
    const from = oldLines === 0 ? oldStart : oldStart - 1
    written.push(...old.slice(at, from))
    assert.deepStrictEqual(sideOf(text, " -"), old.slice(from, from + oldLines))
    assert.strictEqual(newLines === 0 ? newStart : newStart - 1, written.length)
    const now = sideOf(text, " +")
    assert.lengthOf(now, newLines)
    written.push(...now)
    at = from + oldLines
  }
  return [...written, ...old.slice(at)].join("")
}

const Line = Schema.Literals(["a\n", "b\n", "c\n", "\n", "d\r\n", "é\n", "+\n", "-\n", "\\\n", "\u0000\n"])
const Text = Schema.Struct({ lines: Schema.Array(Line), end: Schema.Literals(["", "end"]) })
const textOf = ({ end, lines }: typeof Text.Type): string => lines.join("") + end

/** Runs a comparison. Returns its steps, and the most of them between two pauses. */
const costOf = (before: string, after: string) => {
  const slices = comparingTexts(utf8(before), utf8(after))
  let [steps, longest] = [0, 0]
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return { steps, longest, diff: value as TextDiff | undefined }
    steps += value
    longest = Math.max(longest, value)
  }
}

const mebibyte = 1024 * 1024

describe("the hunks of two texts", () => {
  it("show changes with three lines around them, and none where nothing changed", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    assert.deepStrictEqual(compared(before, before), { added: 0, removed: 0, hunks: [] })
    assert.deepStrictEqual(compared(before, before.replace("5", "five")), {
      added: 1,
      removed: 1,
      hunks: [
        {
          oldStart: 2,
          oldLines: 7,
          newStart: 2,
          newLines: 7,
          text: " 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        }
      ]
    })
  })

  it("of a new, an emptied and an unterminated text are those of git", () => {
    assert.deepStrictEqual(compared("", "a\n").hunks, [
      { oldStart: 0, oldLines: 0, newStart: 1, newLines: 1, text: "+a\n" }
    ])
    assert.deepStrictEqual(compared("a\n", "").hunks, [
      { oldStart: 1, oldLines: 1, newStart: 0, newLines: 0, text: "-a\n" }
    ])
    assert.deepStrictEqual(compared("a", "a\n").hunks, [
      { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, text: `-a${withoutEnd}+a\n` }
    ])
  })

  it("join where their surroundings would touch", () => {
    const text = (first: string, gap: number, second: string) => `${first}\n${"same\n".repeat(gap)}${second}\n`
    const hunksAt = (gap: number) => compared(text("a", gap, "b"), text("x", gap, "y")).hunks.length
    assert.deepStrictEqual([hunksAt(2 * contextLines), hunksAt(2 * contextLines + 1)], [1, 2])
  })

  it.prop("applied to the earlier text give the later one", { before: Text, after: Text }, ({ after, before }) => {
    const [old, now] = [textOf(before), textOf(after)]
    const diff = compared(old, now)
    assert.strictEqual(applied(old, diff), now)
    assert.isAtMost(diff.added, linesOf(now).length)
    assert.isAtMost(diff.removed, linesOf(old).length)
    assert.strictEqual(diff.added - diff.removed, linesOf(now).length - linesOf(old).length)
  })
})

describe("the comparison of hostile texts", () => {
  const numbered = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${prefix}${n}\n`).join("")
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "one line of a mebibyte": ["a".repeat(mebibyte), "b".repeat(mebibyte)],
    "identical lines, more on one side": ["a\n".repeat(499_000), "a\n".repeat(400_000)],
    "lines that are all different": [numbered("a", 120_000), numbered("b", 120_000)],
    "lines in the opposite order": [
      numbered("", 100_000),
      numbered("", 100_000).trimEnd().split("\n").toReversed().join("\n")
    ],
    "two lines in two orders": ["a\nb\n".repeat(200_000), "b\na\na\n".repeat(150_000)],
    "nothing but line ends": ["\n".repeat(mebibyte), "\n".repeat(mebibyte - 1)]
  }
  for (const [name, [before, after]] of Object.entries(cases)) {
    it(`pauses and ends: ${name}`, () => {
      const { longest, steps } = costOf(before, after)
      assert.isAtMost(steps, 100_000_000)
      // A pause for each pass over all lines is the longest stretch.
      assert.isAtMost(longest, 100 * sliceSteps)
    })
  }

  it("says nothing of too many lines, and of lines that are too different", () => {
    assert.isUndefined(costOf(...(cases["nothing but line ends"] ?? ["", ""])).diff)
    assert.isUndefined(costOf(...(cases["lines in the opposite order"] ?? ["", ""])).diff)
    assert.deepInclude(costOf(...(cases["lines that are all different"] ?? ["", ""])).diff, {
      added: 120_000,
      removed: 120_000
    })
  })
})
