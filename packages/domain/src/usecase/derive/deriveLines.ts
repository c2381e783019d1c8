/** Derives lines: how many of them each touch adds and removes. */
import type { Deriver } from "../../port/index/derived/DerivationIndex.ts"
import { LineIndex, type PathLines } from "../../port/index/derived/LineIndex.ts"
import type { WorkingDeriver } from "./deriveRounds.ts"
import { linesOfCommit } from "./lines/linesOfCommit.ts"
import { TextReader } from "./lines/TextReader.ts"
import { roundInParts } from "./roundInParts.ts"

/** Raise the version whenever `linesOfCommit` gives something else. */
export const linesDeriver: Deriver = { name: "lines", version: 1 }

const round = roundInParts<PathLines>(linesDeriver, (repository) => {
  const reader = new TextReader(repository)
  return {
    derive: (trees, tell) => linesOfCommit(reader, trees, tell),
    waiting: () => 0,
    record: (parts) =>
      LineIndex.use(({ recordLines }) =>
        recordLines(
          repository,
          linesDeriver.version,
          parts.map(({ rows, ...commit }) => ({ ...commit, files: rows }))
        )
      )
  }
})

export const lines: WorkingDeriver = { deriver: linesDeriver, round }
