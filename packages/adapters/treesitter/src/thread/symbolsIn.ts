/** Makes the symbols of a file from what its language's query captured. */
import {
  type ExtractedSymbol,
  qualifiedNameLengthMax,
  type SymbolKind,
  symbolKinds
} from "@musehub/domain/port/extractor/Extraction"
import type { Sha256 } from "@musehub/domain/object/Id"
import type { Visibility } from "./Visibility.ts"
import { bodyHashOf, signatureHashOf } from "./hashes.ts"

/** What is used of a node of the parser, whose own declarations need types of the browser. */
interface CapturedNode {
  readonly startIndex: number
  readonly endIndex: number
  readonly startPosition: { readonly row: number }
  readonly endPosition: { readonly row: number; readonly column: number }
}

/** What a pattern of a query matched. */
export interface Match {
  readonly patternIndex: number
  readonly captures: ReadonlyArray<{ readonly name: string; readonly node: CapturedNode }>
}

interface Range {
  readonly start: number
  readonly end: number
}

/** What a pattern matched. */
interface Declaration extends Range {
  readonly kind: SymbolKind | "access" | "exported" | "local" | "scope"
  readonly pattern: number
  readonly line: number
  readonly endLine: number
  readonly name: Range | undefined
  readonly owner: Range | undefined
  readonly part: Range | undefined
  readonly body: Range | undefined
}

/** A declaration that is open. */
interface Around extends Range {
  readonly kind: SymbolKind | "local" | "scope"
  readonly isOfTrait: boolean
  /** Whether others may use what is in it, as far as that is up to it. */
  readonly isPublic: boolean
  /** Where an export ends that began in it, and the access that was named in it last. */
  exportedUntil: number
  access: string | undefined
  /** The qualified name that those in it begin with. */
  readonly prefix: string
  /** Whether what is in it is no symbol. */
  readonly hides: boolean
  /** The symbols directly in it; of a scope, in what is around it. */
  readonly inner: Array<Range>
}

/** A declaration of a symbol. */
interface Named extends Pick<Around, "inner"> {
  readonly declaration: Declaration & { readonly kind: SymbolKind; readonly name: Range }
  readonly qualifiedName: string
  readonly isPublic: boolean
}

const kinds = new Set<string>([...symbolKinds, "access", "exported", "local", "scope"])
const isKind = (name: string): name is Declaration["kind"] => kinds.has(name)

/** What these declare inside is theirs alone. */
const hiding = new Set<Declaration["kind"]>(["function", "local", "method", "variable"])

const rangeOf = ({ endIndex, startIndex }: CapturedNode): Range => ({ start: startIndex, end: endIndex })

const declarationOf = ({ captures, patternIndex }: Match): Declaration | undefined => {
  const named = (name: string): Range | undefined => {
    const found = captures.find((capture) => capture.name === name)
    return found === undefined ? undefined : rangeOf(found.node)
  }
  const declared = captures.find(({ name }) => isKind(name))
  if (declared === undefined || !isKind(declared.name)) return undefined
  const { endPosition, startPosition } = declared.node
  return {
    ...rangeOf(declared.node),
    kind: declared.name,
    pattern: patternIndex,
    line: startPosition.row + 1,
    // A node that takes its line break with it ends in the next line.
    endLine: Math.max(startPosition.row + 1, endPosition.row + (endPosition.column === 0 ? 0 : 1)),
    name: named("name"),
    owner: named("owner"),
    part: named("part"),
    body: named("body")
  }
}

/** The outer ones first, and of equal ones those of the pattern that comes first. */
const inOrder = (a: Declaration, b: Declaration): number => a.start - b.start || b.end - a.end || a.pattern - b.pattern

/** A name on one line, without spaces. C++ and Ruby write `A::b` for what others call `A.b`. */
const nameIn = (text: string): string => text.replaceAll(/\s+/g, "").replaceAll("::", ".")

/** Returns what is in a range and in none of the cut ones, which are in order and apart. */
const without = (text: string, { end, start }: Range, cut: ReadonlyArray<Range>): string => {
  const parts: Array<string> = []
  let at = start
  for (const range of cut) {
    if (range.start < at || range.end > end) continue
    parts.push(text.slice(at, range.start))
    at = range.end
  }
  parts.push(text.slice(at, end))
  return parts.join("")
}

const symbolOf = (
  text: string,
  { declaration, inner, isPublic, qualifiedName }: Named,
  count: number
): ExtractedSymbol => {
  const { body, end, endLine, kind, line, name, start } = declaration
  const cut = [name, body].filter((range) => range !== undefined).toSorted((a, b) => a.start - b.start)
  return {
    name: nameIn(text.slice(name.start, name.end)),
    qualifiedName: count === 1 ? qualifiedName : `${qualifiedName}#${count}`,
    kind,
    visibility: isPublic ? "public" : "private",
    line,
    endLine,
    bodyHash: bodyHashOf(body === undefined ? "" : without(text, body, inner)) as Sha256,
    signatureHash: signatureHashOf(without(text, { start, end }, cut)) as Sha256
  }
}

/** A function is a method where what it is in is no module. */
const kindIn = (kind: SymbolKind, around: Around): SymbolKind =>
  kind === "function" && around.kind !== "module" ? "method" : kind

const isIn = (declaration: Range, around: Around): boolean =>
  declaration.start < around.end && (declaration.start !== around.start || declaration.end !== around.end)

/** Characters before a declaration, and of it before its name, at which the rule of visibility looks. */
const [beforeLength, headLength] = [64, 1000]

/** Returns the names that are exported apart from their declarations. */
const exportsIn = (text: string, matches: ReadonlyArray<Match>): ReadonlySet<string> =>
  new Set(
    matches.flatMap(({ captures }) =>
      captures.flatMap(({ name, node }) => (name === "exports" ? [text.slice(node.startIndex, node.endIndex)] : []))
    )
  )

const wholeFile = (text: string): Around => ({
  start: 0,
  end: text.length + 1,
  kind: "module",
  isOfTrait: false,
  isPublic: true,
  exportedUntil: 0,
  access: undefined,
  prefix: "",
  hides: false,
  inner: []
})

/** Returns the symbols of a text in its order. */
export const symbolsIn = (
  text: string,
  matches: ReadonlyArray<Match>,
  isPublic: Visibility
): ReadonlyArray<ExtractedSymbol> => {
  const found: Array<Named> = []
  const file = wholeFile(text)
  const open: Array<Around> = []
  const seen = new Set<number>()
  const exports = exportsIn(text, matches)
  const textOf = (range: Range | undefined) => (range === undefined ? [] : [nameIn(text.slice(range.start, range.end))])

  const isSeen = (declaration: Declaration, kind: SymbolKind, name: string, around: Around): boolean => {
    const { name: named, owner, start } = declaration
    return (
      around.isPublic &&
      isPublic({
        name,
        owner: textOf(owner)[0],
        kind,
        head: text.slice(start, Math.min(named?.start ?? start, start + headLength)).replaceAll(/"[^"\n]*"/g, ""),
        before: text.slice(Math.max(0, start - beforeLength), start),
        around: around.kind,
        isOfTrait: around.isOfTrait,
        isExported: start < around.exportedUntil || exports.has(name),
        access: around.access
      })
    )
  }

  for (const declaration of matches.flatMap((match) => declarationOf(match) ?? []).toSorted(inOrder)) {
    const { end, kind, name, owner, part, start } = declaration
    if (name !== undefined && seen.has(name.start)) continue
    if (name !== undefined) seen.add(name.start)
    for (let last = open.at(-1); last !== undefined && !isIn(declaration, last); last = open.at(-1)) open.pop()
    const around = open.at(-1) ?? file
    if (kind === "exported") around.exportedUntil = end
    if (kind === "access") around.access = text.slice(start, end)
    if (kind === "access" || kind === "exported") continue
    const names = [...textOf(owner), ...textOf(name), ...textOf(part)]
    const qualifiedName = (around.prefix === "" ? names : [around.prefix, ...names]).join(".")
    const isHidden = around.hides || qualifiedName.length > qualifiedNameLengthMax
    const isSymbol = !isHidden && kind !== "local" && kind !== "scope" && name !== undefined
    const one: Around = {
      start,
      end,
      kind,
      isOfTrait: part !== undefined,
      exportedUntil: 0,
      access: undefined,
      isPublic: isSymbol
        ? isSeen(declaration, kind, nameIn(text.slice(name.start, name.end)), around)
        : around.isPublic,
      prefix: isHidden ? "" : qualifiedName,
      hides: isHidden || hiding.has(kind),
      inner: kind === "scope" ? around.inner : []
    }
    open.push(one)
    if (!isSymbol) continue
    around.inner.push({ start, end })
    const { inner, isPublic: isVisible } = one
    found.push({
      declaration: { ...declaration, kind: kindIn(kind, around), name },
      qualifiedName,
      inner,
      isPublic: isVisible
    })
  }
  const counts = new Map<string, number>()
  return found.map((one) => {
    const count = (counts.get(one.qualifiedName) ?? 0) + 1
    counts.set(one.qualifiedName, count)
    return symbolOf(text, one, count)
  })
}
