/** Derives symbols: what blobs have, each blob once, and what each commit did to symbols. */
import type { Extractor } from "../../port/extractor/Extractor.ts"
import type { Deriver } from "../../port/index/derived/DerivationIndex.ts"
import { type SymbolEvent, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import { forEvery, type WorkingDeriver } from "./deriveRounds.ts"
import { roundInParts } from "./roundInParts.ts"
import { BlobReader } from "./symbols/BlobReader.ts"
import { blobsOf, findingFiles, symbolsOfFiles, type TouchedIn } from "./symbols/symbolsOfFiles.ts"

/** Raise it whenever `symbolsOfFiles` gives something else of the same symbols. */
const symbolsVersion = 1

/** The versions that an extractor may have. */
const extractorVersions = 1000

/** Returns the deriver, whose version is greater with each of its own and of the extractor's. */
const symbolsDeriver = ({ version }: Pick<Extractor["Service"], "version">): Deriver => ({
  name: "symbols",
  version: symbolsVersion * extractorVersions + version
})

/** Returns what derives symbols with an extractor. */
export const symbolsBy = (extractor: Extractor["Service"]): WorkingDeriver => {
  const deriver = symbolsDeriver(extractor)
  const round = roundInParts<TouchedIn, SymbolEvent>(deriver, (repository) => {
    const reader = new BlobReader(repository, extractor)
    return {
      finding: (trees) => findingFiles(extractor, trees),
      readAhead: (files) => reader.readAhead(blobsOf(files)),
      derive: (files, tell) => symbolsOfFiles(reader, files, tell),
      waiting: () => reader.freshSymbols,
      record: (parts) =>
        SymbolIndex.use(({ recordSymbols }) =>
          recordSymbols(repository, deriver.version, {
            extractor: extractorText(extractor),
            blobs: reader.takeFresh(),
            commits: parts.map(({ rows, ...commit }) => ({ ...commit, events: rows }))
          })
        )
    }
  })
  return { deriver, isFor: forEvery, round }
}
