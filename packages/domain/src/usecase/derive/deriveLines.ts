/** Derives lines: how many of them each touch adds and removes. */
import type { Deriver } from "../../port/index/derived/DerivationIndex.ts"
import { LineIndex, type PathLines } from "../../port/index/derived/LineIndex.ts"
import type { Touch } from "../../port/index/derived/TouchIndex.ts"
import { findingTouches } from "../../reading/touches/findingTouches.ts"
import { forEvery, type WorkingDeriver } from "./deriveRounds.ts"
import { linesOfFiles } from "./lines/linesOfFiles.ts"
import { TextReader } from "./lines/TextReader.ts"
import { roundInParts } from "./roundInParts.ts"

/** Raise the version whenever `linesOfFiles` gives something else. */
export const linesDeriver: Deriver = { name: "lines", version: 1 }

const round = roundInParts<Touch, PathLines>(linesDeriver, (repository) => {
  const reader = new TextReader(repository)
  return {
    finding: function* ({ before, tree }) {
      return (yield* findingTouches(tree, before)).files
    },
    readAhead: (files) => reader.readAhead(files.flatMap(({ after, before }) => [after, before])),
    derive: (files, tell) => linesOfFiles(reader, files, tell),
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

export const lines: WorkingDeriver = { deriver: linesDeriver, isFor: forEvery, round }
