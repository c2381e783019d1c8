/** Looks at symbols as if they were files, so that what is computed of paths is computed of addresses. */
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import { addressOf } from "../../symbols/comparingSymbols.ts"
import { emptyWindow, type Window } from "../Window.ts"

/** Returns a window whose paths are the addresses of symbols. Their lines are not counted. */
export const bySymbol = function* ({ changes, commits, files }: Window): Slices<Window> {
  const paths: Array<string> = []
  for (const { path, symbols } of files) {
    for (const symbol of symbols) paths.push(addressOf(path, symbol))
    yield
  }
  const touches: Array<Window["touches"][number]> = []
  for (const [position, { address, place }] of changes.entries()) {
    if (position % sliceEntries === sliceEntries - 1) yield
    touches.push({ place, path: address })
  }
  return { ...emptyWindow, commits, touches, paths }
}
