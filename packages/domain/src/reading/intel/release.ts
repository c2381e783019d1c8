/** What is new in a release since another one, as a report. */
import { compareUtf8 } from "../../base/Bytes.ts"
import { orDefault } from "../../base/expected.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import type { SymbolKind } from "../../port/extractor/Extraction.ts"
import { findingHotspots, type HotspotItem } from "./hotspots.ts"
import { findingLanguages, type LanguageItem } from "./languages.ts"
import { type ApiChange, type ApiItem, findingApi } from "./symbols/api.ts"
import { findingRefactorings, type RefactoringItem } from "./symbols/refactorings.ts"
import type { Window } from "./Window.ts"

/** Entries of each list of a report, the first ones of a greater number. */
export const reportedMax = 100

export interface Contributor {
  readonly author: string
  /** Commits of the window. */
  readonly commits: number
}

export interface ReleaseItem {
  /** Of the newest commit, as are the symbols. */
  readonly languages: ReadonlyArray<LanguageItem>
  readonly symbols: ReadonlyArray<{ readonly kind: SymbolKind; readonly count: number }>
  /** How many public symbols were removed, changed and added, up to 1,000, and the first ones. */
  readonly apiChanges: Readonly<Record<ApiChange, number>>
  readonly api: ReadonlyArray<ApiItem>
  /** The files that most commits of the window touch. */
  readonly hotspots: ReadonlyArray<HotspotItem>
  readonly refactorings: ReadonlyArray<RefactoringItem>
  readonly contributors: ReadonlyArray<Contributor>
}

const countingKinds = function* ({ files }: Window): Slices<ReleaseItem["symbols"]> {
  const counts = new Map<SymbolKind, number>()
  for (const { symbols } of files) {
    for (const { kind } of symbols) counts.set(kind, orDefault(counts.get(kind), 0) + 1)
    yield
  }
  return Array.from(counts, ([kind, count]) => ({ kind, count })).toSorted(
    (a, b) => b.count - a.count || compareUtf8(a.kind, b.kind)
  )
}

const countingCommits = function* ({ commits }: Window): Slices<ReadonlyArray<Contributor>> {
  const counts = new Map<string, number>()
  for (const [place, { author }] of commits.entries()) {
    counts.set(author, orDefault(counts.get(author), 0) + 1)
    if (place % sliceEntries === sliceEntries - 1) yield
  }
  return Array.from(counts, ([author, count]) => ({ author, commits: count })).toSorted(
    (a, b) => b.commits - a.commits || compareUtf8(a.author, b.author)
  )
}

/** Makes the report: one item. */
export const findingRelease = function* (window: Window): Slices<readonly [ReleaseItem]> {
  const first = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => items.slice(0, reportedMax)
  const api = yield* findingApi(window)
  const countOf = (change: ApiChange) => api.filter((item) => item.change === change).length
  return [
    {
      languages: first(yield* findingLanguages(window)),
      symbols: yield* countingKinds(window),
      apiChanges: { removed: countOf("removed"), changed: countOf("changed"), added: countOf("added") },
      api: first(api),
      hotspots: first(yield* findingHotspots(window)),
      refactorings: first(yield* findingRefactorings(window)),
      contributors: first(yield* countingCommits(window))
    }
  ]
}
