/**
 * What a commit did to symbols, by what its files have and had. A symbol differs if it is another one than in every
 * parent, where absence counts too. So a merge changes only what it resolved in its own way, as with touches.
 */
import { expected, orDefault } from "../../base/expected.ts"
import { sha256 } from "../../object/Digest.ts"
import type { ExtractedSymbol } from "../../port/extractor/Extraction.ts"
import type { SymbolEvent } from "../../port/index/derived/SymbolIndex.ts"

export type Symbols = ReadonlyArray<ExtractedSymbol>

/** A file that a commit touches. */
export interface TouchedFile {
  readonly path: string
  readonly after: Symbols
  /** In each parent; at least one. */
  readonly before: ReadonlyArray<Symbols>
}

/** A symbol of a file. */
interface Placed {
  readonly path: string
  readonly symbol: ExtractedSymbol
}

/** Returns the address of a symbol. */
export const addressOf = (path: string, { qualifiedName }: Pick<ExtractedSymbol, "qualifiedName">): string =>
  `${path}::${qualifiedName}`

const byName = (symbols: Symbols) =>
  new Map(symbols.map((symbol): readonly [string, ExtractedSymbol] => [symbol.qualifiedName, symbol]))

/** Returns the symbols in the first parent and in the others, by name. */
const namedBefore = ({ before }: TouchedFile) => {
  const [first, ...others] = before.map(byName)
  return { first: expected(first, "what the first parent has"), others }
}

/** Returns the symbols that the commit takes from a file. */
export const goneFrom = (file: TouchedFile): Symbols => {
  const here = byName(file.after)
  const { first, others } = namedBefore(file)
  return [...first.values()].filter(
    ({ qualifiedName }) => !here.has(qualifiedName) && others.every((other) => other.has(qualifiedName))
  )
}

const nothing = sha256("")

/** Equal for symbols that one may have become. Those without a body are told apart by their signature. */
const likenessOf = ({ bodyHash, kind, signatureHash }: ExtractedSymbol): string =>
  bodyHash === nothing ? `${kind} ${bodyHash} ${signatureHash}` : `${kind} ${bodyHash}`

/** Those of one likeness that are told apart; of more, such as empty functions, each would be like any. */
const likeMax = 64

/** The symbols that a commit takes away. Each may have become one that it brings, under another name or path. */
export class Gone {
  readonly #symbols = new Map<string, Array<Placed>>()
  size = 0

  add(path: string, symbol: ExtractedSymbol): void {
    const likeness = likenessOf(symbol)
    const like = orDefault(this.#symbols.get(likeness), new Array<Placed>())
    if (like.length < likeMax) like.push({ path, symbol })
    this.#symbols.set(likeness, like)
    this.size += 1
  }

  /** Takes the one that became this symbol: of its name, or else of its file. */
  take(path: string, symbol: ExtractedSymbol): Placed | undefined {
    const like = this.#symbols.get(likenessOf(symbol))
    if (like === undefined) return undefined
    const place = [
      like.findIndex((one) => one.symbol.qualifiedName === symbol.qualifiedName),
      like.findIndex((one) => one.symbol.name === symbol.name),
      like.findIndex((one) => one.path === path)
    ].find((found) => found !== -1)
    return place === undefined ? undefined : like.splice(place, 1)[0]
  }
}

const isSame = (a: ExtractedSymbol, b: ExtractedSymbol): boolean =>
  a.kind === b.kind && a.bodyHash === b.bodyHash && a.signatureHash === b.signatureHash

const eventOf = (path: string, symbol: ExtractedSymbol, change: SymbolEvent["change"]): SymbolEvent => ({
  address: addressOf(path, symbol),
  kind: symbol.kind,
  change,
  body: false,
  signature: false,
  former: undefined
})

/** Returns what a commit did to the symbols of a file. Takes from `gone` those that became others. */
export const eventsOf = (file: TouchedFile, gone: Gone): ReadonlyArray<SymbolEvent> => {
  const { after, path } = file
  const { first, others } = namedBefore(file)
  const events = goneFrom(file).map((symbol) => eventOf(path, symbol, "deleted"))
  for (const symbol of after) {
    const { bodyHash, qualifiedName, signatureHash } = symbol
    const isOf = (parent: ReadonlyMap<string, ExtractedSymbol>) => {
      const there = parent.get(qualifiedName)
      return there !== undefined && isSame(there, symbol)
    }
    if (isOf(first) || others.some(isOf)) continue
    const former = first.get(qualifiedName)
    if (former !== undefined) {
      const [body, signature] = [former.bodyHash !== bodyHash, former.signatureHash !== signatureHash]
      events.push({ ...eventOf(path, symbol, "modified"), body, signature })
      continue
    }
    const source = gone.take(path, symbol)
    if (source === undefined) events.push(eventOf(path, symbol, "created"))
    else {
      events.push({
        ...eventOf(path, symbol, source.path === path ? "renamed" : "moved"),
        signature: source.symbol.signatureHash !== signatureHash,
        former: addressOf(source.path, source.symbol)
      })
    }
  }
  return events
}
