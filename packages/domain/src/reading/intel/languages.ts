/** The languages of a tree, by the suffixes of its files. */
import { orDefault } from "../../base/expected.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { byText } from "../../base/text/byText.ts"
import { languageOf } from "../languageOf.ts"

export interface LanguageItem {
  /** Null for files whose suffix has none. */
  readonly language: string | null
  readonly files: number
  /** Null until symbols are derived. */
  readonly symbols: number | null
}

/** Counts the files of each language, most first. */
export const findingLanguages = function* (paths: Iterable<string>): Slices<ReadonlyArray<LanguageItem>> {
  const counts = new Map<string | null, number>()
  let steps = 0
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    const language = languageOf(path)
    counts.set(language, orDefault(counts.get(language), 0) + 1)
  }
  return Array.from(counts, ([language, files]): LanguageItem => ({ language, files, symbols: null })).toSorted(
    (a, b) => b.files - a.files || byText(a.language ?? "", b.language ?? "")
  )
}
