/** The languages of a tree, by the suffixes of its files. */
import { orDefault } from "../../base/expected.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { byText } from "../../base/text/byText.ts"
import { languageOf } from "../languageOf.ts"
import type { Window } from "./Window.ts"

export interface LanguageItem {
  /** Null for files whose suffix has none. */
  readonly language: string | null
  readonly files: number
  /** Null where none are looked for. */
  readonly symbols: number | null
}

interface Counted {
  files: number
  symbols: number | null
}

/** Counts the files of each language and the symbols in them, most files first. */
export const findingLanguages = function* ({
  counts,
  paths
}: Pick<Window, "counts" | "paths">): Slices<ReadonlyArray<LanguageItem>> {
  const found = new Map<string | null, Counted>()
  for (const [position, path] of paths.entries()) {
    if (position % sliceEntries === sliceEntries - 1) yield
    const language = languageOf(path)
    const counted = orDefault(found.get(language), { files: 0, symbols: null })
    found.set(language, counted)
    counted.files += 1
    const symbols = counts[position]
    if (symbols !== undefined) counted.symbols = orDefault(counted.symbols ?? undefined, 0) + symbols
  }
  return Array.from(found, ([language, counted]): LanguageItem => ({ language, ...counted })).toSorted(
    (a, b) => b.files - a.files || byText(a.language ?? "", b.language ?? "")
  )
}
