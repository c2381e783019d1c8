/** The pairs of symbols that commits change together, and that nothing in their files connects. */
import { expected, orDefault } from "../../../base/expected.ts"
import type { Slices } from "../../../base/Slices.ts"
import { addressOf } from "../../symbols/comparingSymbols.ts"
import { bySymbol } from "./bySymbol.ts"
import { type CouplingItem, findingPairs } from "../coupling.ts"
import { importedNames, isAmong } from "./Modules.ts"
import type { Window } from "../Window.ts"

/** Two addresses, in code point order, with `support` and `confidence` as those of coupled files. */
export type EntanglementItem = CouplingItem

interface Placed {
  readonly path: string
  /** Its bare name. */
  readonly name: string
}

/** What a file calls and imports, by name. */
interface Used {
  readonly called: ReadonlySet<string>
  readonly imported: ReadonlySet<string>
}

/** Returns what each file uses, which is looked up once. */
const usedBy = (uses: Window["uses"]): ((path: string) => Used) => {
  const files = new Map(uses.map((file) => [file.path, file] as const))
  const found = new Map<string, Used>()
  return (path) => {
    const known = found.get(path)
    if (known !== undefined) return known
    const file = files.get(path)
    const used = { called: new Set(file?.calls), imported: importedNames(orDefault(file?.imports, [])) }
    found.set(path, used)
    return used
  }
}

/** Finds pairs in different files, none of which imports the other or calls the name of its symbol. */
export const findingEntanglement = function* (window: Window): Slices<ReadonlyArray<EntanglementItem>> {
  const symbols = new Map<string, Placed>()
  for (const { path, symbols: declared } of window.files) {
    for (const symbol of declared) symbols.set(addressOf(path, symbol), { path, name: symbol.name })
    yield
  }
  const usesOf = usedBy(window.uses)
  const isUsing = (user: Placed, used: Placed): boolean => {
    const { called, imported } = usesOf(user.path)
    return called.has(used.name) || isAmong(imported, used.path)
  }
  const placed = (address: string): Placed => expected(symbols.get(address), `the symbol ${address}`)
  return yield* findingPairs(yield* bySymbol(window), (a, b) => {
    const [one, other] = [placed(a), placed(b)]
    return one.path !== other.path && !isUsing(one, other) && !isUsing(other, one)
  })
}
