/** The pairs of files that commits touch together. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { orDefault } from "../../base/expected.ts"
import { compareUtf8 } from "../../base/Bytes.ts"
import { Best } from "./Best.ts"
import { itemsMax, type Window } from "./Window.ts"

/** Commits that touch more paths say nothing of pairs: an import, a reformatting. */
export const coupledPathsMax = 50
/** The fewest commits that touch a pair together. */
const supportMin = 3

export interface CouplingItem {
  /** The two paths, in code point order. */
  readonly a: string
  readonly b: string
  /** Commits that touch both. */
  readonly support: number
  /** Their share of the commits that touch the one of both that fewer commits touch. */
  readonly confidence: number
}

const inOrder = (one: CouplingItem, other: CouplingItem): number =>
  other.confidence - one.confidence ||
  other.support - one.support ||
  compareUtf8(one.a, other.a) ||
  compareUtf8(one.b, other.b)

/** The paths of each commit that touches at most `coupledPathsMax` of them. */
const findingGroups = function* ({ touches }: Window): Slices<ReadonlyArray<ReadonlyArray<string>>> {
  const groups: Array<Array<string>> = []
  let last: { readonly place: number; readonly paths: Array<string> } | undefined
  let steps = 0
  for (const { path, place } of touches) {
    if (++steps % sliceEntries === 0) yield
    if (last?.place !== place) {
      last = { place, paths: [] }
      groups.push(last.paths)
    }
    last.paths.push(path)
  }
  return groups.filter(({ length }) => length <= coupledPathsMax)
}

/** The paths of some groups that the newest commit has. It may have far more than are touched. */
const findingPresent = function* (
  { paths }: Window,
  groups: ReadonlyArray<ReadonlyArray<string>>
): Slices<ReadonlySet<string>> {
  const touched = new Set<string>()
  let steps = 0
  for (const group of groups) {
    for (const path of group) touched.add(path)
    steps += group.length
    if (steps < sliceEntries) continue
    steps = 0
    yield
  }
  const present = new Set<string>()
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    if (touched.has(path)) present.add(path)
  }
  return present
}

/**
 * Finds pairs of files that the newest commit has, of those that are wanted. One file after the other is looked at with
 * those after it, so that only its own pairs are in memory.
 */
export const findingPairs = function* (
  window: Window,
  isWanted: (a: string, b: string) => boolean
): Slices<ReadonlyArray<CouplingItem>> {
  const touchedTogether = yield* findingGroups(window)
  const present = yield* findingPresent(window, touchedTogether)
  const groupsOf = new Map<string, Array<ReadonlyArray<string>>>()
  let steps = 0
  for (const group of touchedTogether) {
    const paths = group.filter((path) => present.has(path))
    for (const path of paths) {
      const known = groupsOf.get(path)
      if (known === undefined) groupsOf.set(path, [paths])
      else known.push(paths)
      if (++steps % sliceEntries === 0) yield
    }
  }
  const best = new Best(itemsMax, inOrder)
  for (const [a, groups] of groupsOf) {
    if (groups.length < supportMin) continue
    const support = new Map<string, number>()
    for (const group of groups) {
      for (const b of group) if (compareUtf8(a, b) < 0) support.set(b, orDefault(support.get(b), 0) + 1)
      steps += group.length
      if (steps >= sliceEntries) {
        steps = 0
        yield
      }
    }
    for (const [b, together] of support) {
      if (++steps % sliceEntries === 0) yield
      if (together < supportMin || !isWanted(a, b)) continue
      const rarer = Math.min(groups.length, groupsOf.get(b)?.length ?? groups.length)
      best.offer({ a, b, support: together, confidence: together / rarer })
    }
  }
  return best.items()
}

/** Finds pairs of files that the newest commit has. */
export const findingCoupling = (window: Window): Slices<ReadonlyArray<CouplingItem>> => findingPairs(window, () => true)
