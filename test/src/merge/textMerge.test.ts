/** Merging lines: the laws that hold for all texts, then examples that define the terms. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { diffLines, lineEditsMax, Marks } from "@musehub/domain/merge/lineDiff"
import { atOnce } from "@musehub/domain/base/Slices"
import { textBytesMax, textLinesMax } from "@musehub/domain/merge/NumberedText"
import { mergeText, type NotMergeable, type TextMerge, uniteText } from "@musehub/domain/merge/TextMerge"
import { forSeeds, type Seeded } from "../support/seeded.ts"
import { bytesOf, generatedTexts, type ThreeTexts } from "./texts.ts"

const textOf = (merged: TextMerge): string | null =>
  merged.outcome === "merged" ? Buffer.from(merged.content).toString() : null

const merge = (texts: ThreeTexts) => textOf(atOnce(mergeText(bytesOf(texts))))
const unite = (texts: ThreeTexts) => textOf(atOnce(uniteText(bytesOf(texts))))

const swapped = ({ base, ours, theirs }: ThreeTexts): ThreeTexts => ({ base, ours: theirs, theirs: ours })

const generated = (random: Seeded) => generatedTexts(random, random.pick([2, 4, 10, 50, 100_000]))

const law = (name: string, check: (texts: ThreeTexts) => void) =>
  it.effect(name, () => forSeeds(300, (random) => Effect.sync(() => check(generated(random)))))

describe("merging lines", () => {
  law("gives the same for either side", (texts) => {
    assert.strictEqual(merge(texts), merge(swapped(texts)))
  })

  law("gives the other side with the base", ({ base, ours }) => {
    assert.strictEqual(merge({ base, ours, theirs: base }), ours)
    assert.strictEqual(merge({ base, ours: base, theirs: ours }), ours)
  })

  law("gives the text for a text with itself", ({ base, ours }) => {
    assert.strictEqual(merge({ base, ours, theirs: ours }), ours)
  })

  law("takes its lines from the sides, with their terminators", (texts) => {
    const known = new Set(Object.values(texts).flatMap((text: string) => text.split(/(?<=\n)/)))
    for (const line of (merge(texts) ?? "").split(/(?<=\n)/)) assert.isTrue(line === "" || known.has(line))
  })

  it("joins changes that neither overlap nor touch", () => {
    const base = "a\r\nb\r\nc\nd"
    assert.strictEqual(merge({ base, ours: "A\r\nb\r\nc\nd", theirs: "a\r\nb\r\nc\nD\n" }), "A\r\nb\r\nc\nD\n")
    assert.strictEqual(merge({ base, ours: "a\r\nb\r\nd", theirs: "x\r\na\r\nb\r\nc\nd" }), "x\r\na\r\nb\r\nd")
    assert.isNull(merge({ base, ours: "A\r\nb\r\nc\nd", theirs: "a\r\nB\r\nc\nd" }))
    assert.isNull(merge({ base: "a\n", ours: "a\nx\n", theirs: "a\ny\n" }))
    assert.isNull(merge({ base: "a", ours: "a\n", theirs: "a\nb" }))
  })

  it("refuses what is not text, too large, or too different", () => {
    const base = Buffer.from("a\n")
    const refused = (ours: Uint8Array, from: Uint8Array = base) => atOnce(mergeText({ base: from, ours, theirs: base }))
    const because = (reason: NotMergeable): TextMerge => ({ outcome: "not_mergeable", reason })
    assert.deepStrictEqual(refused(Buffer.from("a\0\n")), because("not_text"))
    assert.deepStrictEqual(refused(Buffer.from([0x61, 0xff])), because("not_text"))
    assert.deepStrictEqual(refused(Buffer.from([0xed, 0xa0, 0x80])), because("not_text"))
    assert.deepStrictEqual(refused(Buffer.alloc(textBytesMax + 1, "a")), because("too_large"))
    assert.deepStrictEqual(refused(Buffer.alloc(textLinesMax + 1, "\n")), because("too_large"))
    const lines = Array.from({ length: lineEditsMax * 2 }, (_, at) => `${at}\n`)
    const reversed = Buffer.from(lines.toReversed().join(""))
    assert.deepStrictEqual(refused(reversed, Buffer.from(lines.join(""))), because("too_different"))
  })

  it("keeps a byte order mark, and accepts a rewritten file", () => {
    const base = `\u{feff}${"old\n".repeat(5000)}`
    const ours = Array.from({ length: 5000 }, (_, at) => `new ${at}\n`).join("")
    assert.strictEqual(merge({ base, ours, theirs: base }), ours)
    assert.strictEqual(
      merge({ base: "\u{feff}a\nb\n", ours: "\u{feff}a\nB\n", theirs: "\u{feff}a\nb\n" }),
      "\u{feff}a\nB\n"
    )
  })
})

describe("uniting lines", () => {
  /** Counts each line, without terminators, since the last line of a file may gain one. */
  const countsOf = (text: string) => {
    const counts = new Map<string, number>()
    for (const line of text.split(/\r?\n/)) if (line !== "") counts.set(line, (counts.get(line) ?? 0) + 1)
    return counts
  }

  law("never conflicts, keeps every line of the sides, and adds none", (texts) => {
    const united = countsOf(unite(texts) ?? "")
    const [base, ours, theirs] = [countsOf(texts.base), countsOf(texts.ours), countsOf(texts.theirs)]
    for (const side of [ours, theirs]) {
      for (const [line, count] of side) assert.isAtLeast(united.get(line) ?? 0, count)
    }
    for (const line of united.keys()) assert.isTrue(base.has(line) || ours.has(line) || theirs.has(line))
  })

  law("gives the text with itself, and both texts with an empty base", ({ base, ours }) => {
    assert.strictEqual(unite({ base, ours, theirs: ours }), ours)
    assert.strictEqual(unite({ base: "", ours, theirs: "" }), ours)
  })

  it("joins both additions, ours first, and shared lines once", () => {
    assert.strictEqual(unite({ base: "a\nz\n", ours: "a\nx\nm\nz\n", theirs: "a\ny\nm\nz\n" }), "a\nx\ny\nm\nz\n")
    assert.strictEqual(unite({ base: "a\n", ours: "a\nx", theirs: "a\ny" }), "a\nx\ny")
    assert.strictEqual(unite({ base: "a\r\n", ours: "a\r\nx", theirs: "a\r\ny" }), "a\r\nx\r\ny")
  })

  it("deletes only what both deleted", () => {
    assert.strictEqual(unite({ base: "a\nb\nc\n", ours: "a\n", theirs: "a\nb\n" }), "a\nb\n")
    assert.strictEqual(unite({ base: "a\nb\nc\n", ours: "a\nB\nc\n", theirs: "a\nb\nc\nd\n" }), "a\nb\nB\nc\nd\n")
    assert.strictEqual(unite({ base: "a\nb\nc\n", ours: "a\n1\nc\n", theirs: "a\n2\nc\n" }), "a\n1\n2\nc\n")
  })
})

describe("the changes between two lists of lines", () => {
  it.effect("turn one into the other, in order and with something kept between", () =>
    forSeeds(300, (random) =>
      Effect.sync(() => {
        const list = () => Uint32Array.from({ length: random.below(30) }, () => random.below(4))
        const [base, side] = [list(), list()]
        const hunks = atOnce(diffLines(base, side, new Marks(4))) ?? []
        let rebuilt: ReadonlyArray<number> = []
        let at = 0
        for (const [position, { from, to, start, end }] of hunks.entries()) {
          assert.isTrue(from < to || start < end)
          if (position > 0) assert.isAbove(from, at)
          rebuilt = [...rebuilt, ...base.slice(at, from), ...side.slice(start, end)]
          at = to
        }
        assert.deepStrictEqual([...rebuilt, ...base.slice(at)], [...side])
      })
    )
  )

  it("place an ambiguous addition as far down as it goes", () => {
    const hunks = atOnce(diffLines(Uint32Array.of(1, 2, 3), Uint32Array.of(1, 2, 1, 2, 3), new Marks(4)))
    assert.deepStrictEqual(hunks, [{ from: 2, to: 2, start: 2, end: 4 }])
  })
})
