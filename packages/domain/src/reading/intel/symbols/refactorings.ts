/** The symbols that have another name or place than before the window. */
import { compareUtf8 } from "../../../base/Bytes.ts"
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import { addressOf } from "../../symbols/comparingSymbols.ts"
import { Best } from "../Best.ts"
import { itemsMax, type Window, type WindowChange } from "../Window.ts"

export interface RefactoringItem {
  readonly symbol: string
  /** Its address before the first commit of the window that renamed or moved it. */
  readonly former: string
  /** Moved: it is in another file. */
  readonly change: "moved" | "renamed"
}

const pathOf = (address: string): string => address.split("::", 1).join("")

/** Groups changes, which are by ascending place, by their commits. */
const byCommit = function* (changes: ReadonlyArray<WindowChange>): Generator<ReadonlyArray<WindowChange>> {
  let group: Array<WindowChange> = []
  for (const change of changes) {
    if (group.length > 0 && group[0]?.place !== change.place) {
      yield group
      group = []
    }
    group.push(change)
  }
  if (group.length > 0) yield group
}

/** Follows the symbols of the newest commit back through the window. One that a commit created was nothing before. */
export const findingRefactorings = function* ({ changes, files }: Window): Slices<ReadonlyArray<RefactoringItem>> {
  /** By an address that a symbol has at some commit, the one that it has now. */
  const followed = new Map<string, string>()
  for (const { path, symbols } of files) {
    for (const symbol of symbols) followed.set(addressOf(path, symbol), addressOf(path, symbol))
    yield
  }
  const formers = new Map<string, string>()
  let steps = 0
  for (const group of byCommit(changes)) {
    steps += group.length
    if (steps >= sliceEntries) {
      steps = 0
      yield
    }
    // At once, since a commit may give one symbol the address that another one had.
    const begun = group.flatMap(({ address, change, former }) => {
      const now = change === "deleted" || change === "modified" ? undefined : followed.get(address)
      return now === undefined ? [] : [{ address, former, now }]
    })
    for (const { address } of begun) followed.delete(address)
    for (const { former, now } of begun) {
      if (former === undefined) continue
      followed.set(former, now)
      formers.set(now, former)
    }
  }
  const best = new Best<RefactoringItem>(itemsMax, (a, b) => compareUtf8(a.symbol, b.symbol))
  for (const [symbol, former] of formers) {
    if (symbol === former) continue
    best.offer({ symbol, former, change: pathOf(symbol) === pathOf(former) ? "renamed" : "moved" })
  }
  return best.items()
}
