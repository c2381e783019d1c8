/** Who knows a file: the shares of its authors in the lines that were added, where newer ones weigh more. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { compareUtf8 } from "../../base/Bytes.ts"
import { elementAt, orDefault } from "../../base/expected.ts"
import { byText } from "../../base/text/byText.ts"
import { Best, countToExceed } from "./Best.ts"
import { itemsMax, type Window } from "./Window.ts"

/** The age at which a touch weighs half as much as a new one, counted back from the newest commit. */
export const halfLifeMillis = 180 * 24 * 60 * 60 * 1000
/** Owners of a file that are named. */
const ownersMax = 10

export interface Owner {
  readonly author: string
  /** From 0 to 1. */
  readonly share: number
}

export interface OwnershipItem {
  readonly path: string
  /** Those with the greatest shares. */
  readonly owners: ReadonlyArray<Owner>
  /** The fewest authors who have more than half together. */
  readonly busFactor: number
}

const byShare = (a: Owner, b: Owner): number => b.share - a.share || byText(a.author, b.author)

const itemOf = (path: string, weights: ReadonlyMap<string, number>): OwnershipItem => {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0)
  const owners = Array.from(weights, ([author, weight]): Owner => ({ author, share: weight / sum })).toSorted(byShare)
  const busFactor = countToExceed(
    owners.map(({ share }) => share),
    0.5
  )
  return { path, owners: owners.slice(0, ownersMax), busFactor }
}

/**
 * Says who owns the files that the newest commit has, by the lines that each author added: those that fewest authors
 * know, first. A touch without added lines, such as one of a binary file, counts as one line.
 */
export const findingOwnership = function* ({
  commits,
  lines,
  paths,
  touches
}: Window): Slices<ReadonlyArray<OwnershipItem>> {
  const [newest] = commits
  const now = orDefault(newest?.at, 0)
  const weights = commits.map(({ at }) => 2 ** (-Math.max(0, now - at) / halfLifeMillis))
  const authors = new Map<string, Map<string, number>>()
  let steps = 0
  for (const [position, { path, place }] of touches.entries()) {
    if (++steps % sliceEntries === 0) yield
    const added = orDefault(lines[position]?.added, 0)
    const { author } = elementAt(commits, place)
    const known = orDefault(authors.get(path), new Map<string, number>())
    authors.set(path, known)
    known.set(author, orDefault(known.get(author), 0) + Math.max(1, added) * elementAt(weights, place))
  }
  const best = new Best<OwnershipItem>(itemsMax, (a, b) => a.busFactor - b.busFactor || compareUtf8(a.path, b.path))
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    const known = authors.get(path)
    if (known !== undefined) best.offer(itemOf(path, known))
  }
  return best.items()
}
