/**
 * Merges of lines, compared with `git merge-file` on generated texts. Every difference must belong to a class that is
 * named and proven here; any other difference fails.
 */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "@musehub/domain/base/Slices"
import { markConflicts } from "@musehub/domain/merge/conflictText"
import { diffLines, type Hunk } from "@musehub/domain/merge/lineDiff"
import { LineWriter } from "@musehub/domain/merge/LineWriter"
import { decidedSpan, linesOf, mergeText, readTexts } from "@musehub/domain/merge/TextMerge"
import { combineHunks } from "@musehub/domain/merge/threeWay"
import { seeded } from "../support/seeded.ts"
import { gitHunks, gitMergeFiles, type GitTextMerge } from "./git.ts"
import { bytesOf, generatedTexts, type ThreeTexts } from "./texts.ts"

/** The number of different lines in a text: real texts have many, three provoke ambiguity. */
const vocabularies = [3, 6, 12, 30, 100_000]
const casesPerVocabulary = 100

const random = seeded(20)
const cases = vocabularies.flatMap((vocabulary) =>
  Array.from({ length: casesPerVocabulary }, () => ({ vocabulary, ...generatedTexts(random, vocabulary) }))
)

/** The merged text; null for a conflict. */
type Outcome = string | null

const ourOutcome = (texts: ThreeTexts): Outcome => {
  const merged = atOnce(mergeText(bytesOf(texts)))
  assert.notStrictEqual(merged.outcome, "not_mergeable")
  return merged.outcome === "merged" ? Buffer.from(merged.content).toString() : null
}

const gitOutcome = ({ conflicts, content }: GitTextMerge): Outcome => (conflicts ? null : content)

const edits = (hunks: ReadonlyArray<Hunk>) =>
  hunks.reduce((sum, { from, to, start, end }) => sum + to - from + end - start, 0)

/** Our merge, with the hunks that `git` finds. */
const withHunksOfGit = (cased: ThreeTexts): { readonly outcome: Outcome; readonly minimal: boolean } => {
  const texts = atOnce(readTexts(bytesOf(cased)))
  if (typeof texts === "string") throw new Error(texts)
  const ours = gitHunks(cased.base, cased.ours)
  const theirs = gitHunks(cased.base, cased.theirs)
  const lines = linesOf(texts)
  const regions = atOnce(combineHunks(lines, ours, theirs))
  const writer = new LineWriter()
  for (const region of regions) writer.add(decidedSpan(texts, region))
  const editsOf = (side: "ours" | "theirs") => edits(atOnce(diffLines(lines.base, lines[side], texts.marks)) ?? [])
  const minimal = editsOf("ours") <= edits(ours) && editsOf("theirs") <= edits(theirs)
  const conflicted = regions.some(({ by }) => by === "both")
  const outcome = conflicted ? null : Buffer.from(atOnce(writer.written())).toString()
  return { outcome, minimal }
}

/** The reasons why a merge may differ from `git`'s, each with the proof that a case belongs to it. */
const differences: ReadonlyArray<{
  readonly name: string
  readonly explanation: string
  readonly proves: (texts: ThreeTexts, git: Outcome) => boolean
}> = [
  {
    name: "alignment",
    explanation:
      "Where lines repeat, several longest common subsequences exist, and git's shortcuts choose another " +
      "one, or none of the longest. " +
      "Given git's hunks, the merge is git's; and ours needs no more edits than git's.",
    proves: (texts, git) => {
      const { outcome, minimal } = withHunksOfGit(texts)
      return minimal && outcome === git
    }
  }
]

describe("merging lines agrees with git merge-file", () => {
  const git = gitMergeFiles(cases)
  const outcomes = cases.map((texts, at) => {
    const theirs = gitOutcome(git[at] ?? { conflicts: true, content: "" })
    return { texts, ours: ourOutcome(texts), git: theirs, marked: git[at]?.content ?? "" }
  })
  const differing = outcomes.filter(({ ours, git }) => ours !== git)

  it(`on ${cases.length} generated texts, except for explained differences`, () => {
    for (const { texts, ours, git } of differing) {
      const known = differences.find(({ proves }) => proves(texts, git))
      assert.isDefined(known, `not explained: ${JSON.stringify({ ...texts, merged: ours, git })}`)
    }
  })

  it("without any difference where lines rarely repeat", () => {
    assert.deepStrictEqual(
      differing.filter(({ texts }) => texts.vocabulary >= 30),
      []
    )
    assert.isBelow(differing.length, cases.length / 50)
  })

  it("on clean merges and on conflicts: the sample has both", () => {
    assert.isAbove(outcomes.filter(({ git }) => git === null).length, 100)
    assert.isAbove(outcomes.filter(({ git }) => git !== null).length, 100)
  })

  it("also on the place of conflict markers", () => {
    // The line ends of markers follow the file in git. Ours are never shown.
    const plain = (text: string) => text.replaceAll("\r\n", "\n")
    for (const { texts, ours, git, marked } of outcomes) {
      if (ours !== null || git !== null || texts.vocabulary < 100_000) continue
      const content = atOnce(markConflicts(bytesOf(texts), 7))
      assert.strictEqual(plain(Buffer.from(content ?? []).toString()), plain(marked))
    }
  })
})
