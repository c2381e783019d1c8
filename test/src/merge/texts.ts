/** Generated texts and edits of them. Few distinct lines make ambiguous changes likely, many make them rare. */
import type { Seeded } from "../support/seeded.ts"

export interface ThreeTexts {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

const some = (random: Seeded, vocabulary: number, count: number, end: string): ReadonlyArray<string> =>
  Array.from({ length: count }, () => `line ${random.below(vocabulary)}${end}`)

/** Makes up to four edits of a text, each removing up to two lines and adding up to two. */
export const editedLines = (
  random: Seeded,
  lines: ReadonlyArray<string>,
  vocabulary: number,
  end = "\n"
): ReadonlyArray<string> => {
  let edited = lines
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(edited.length + 1)
    edited = edited.toSpliced(at, random.below(3), ...some(random, vocabulary, random.below(3), end))
  }
  return edited
}

export const generatedLines = (random: Seeded, vocabulary: number, countMax = 40): ReadonlyArray<string> =>
  some(random, vocabulary, random.below(countMax), "\n")

/** Sometimes CRLF, sometimes mixed, sometimes without a final line end. */
export const generatedTexts = (random: Seeded, vocabulary: number): ThreeTexts => {
  const end = random.chance(0.3) ? "\r\n" : "\n"
  const base = some(random, vocabulary, random.below(40), end)
  const side = () => editedLines(random, base, vocabulary, random.chance(0.1) ? "\n" : end)
  const finish = (lines: ReadonlyArray<string>) => {
    const text = lines.join("")
    return random.chance(0.2) ? text.replace(/\r?\n$/, "") : text
  }
  return { base: finish(base), ours: finish(side()), theirs: finish(side()) }
}

export const bytesOf = (texts: ThreeTexts) => ({
  base: Buffer.from(texts.base),
  ours: Buffer.from(texts.ours),
  theirs: Buffer.from(texts.theirs)
})
