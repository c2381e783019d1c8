/**
 * An extractor for tests, without a parser: in files that end in `.def`, a line `def name and more` begins a function,
 * which goes on to the next such line. One whose name begins with `_` is private. `call name` calls, and
 * `import path` imports.
 */
import { decodedText } from "@musehub/domain/base/text/decodedText"
import {
  type ExtractedSymbol,
  type Extraction,
  qualifiedNameLengthMax,
  refusedBy,
  symbolsMax,
  useLengthMax,
  usesMax
} from "@musehub/domain/port/extractor/Extraction"
import { Extractor } from "@musehub/domain/port/extractor/Extractor"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect, Layer } from "effect"

const bytesMax = 64 * 1024
const language = "lines"
const beginning = /^def (\S+)(.*)$/

interface Declared {
  readonly name: string
  readonly signature: string
  readonly line: number
  readonly body: Array<string>
}

const declaredIn = (text: string): ReadonlyArray<Declared> => {
  const declared: Array<Declared> = []
  for (const [place, content] of text.split("\n").entries()) {
    const [, name, signature = ""] = beginning.exec(content) ?? []
    if (name !== undefined) declared.push({ name, signature, line: place + 1, body: [] })
    else if (content.trim() !== "") declared.at(-1)?.body.push(content)
  }
  return declared.filter(({ name }) => name.length <= qualifiedNameLengthMax)
}

const symbolsIn = (text: string): ReadonlyArray<ExtractedSymbol> => {
  const seen = new Map<string, number>()
  return declaredIn(text).map(({ body, line, name, signature }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return {
      name,
      qualifiedName: count === 1 ? name : `${name}#${count}`,
      kind: "function",
      visibility: name.startsWith("_") ? "private" : "public",
      line,
      endLine: line + body.length,
      bodyHash: sha256(body.join("\n")),
      signatureHash: sha256(signature.trim())
    }
  })
}

/** Returns the words after a word. */
const namedIn = (text: string, word: string): ReadonlyArray<string> => {
  const found = Array.from(text.matchAll(new RegExp(`\\b${word} (\\S+)`, "g")), ([, name = ""]) => name)
  return [...new Set(found.filter(({ length }) => length <= useLengthMax))].slice(0, usesMax).toSorted()
}

const extractionOf = (bytes: Uint8Array): Extraction => {
  if (bytes.byteLength > bytesMax) return refusedBy("too large")
  const text = decodedText(bytes)
  if (text === undefined) return refusedBy("no text")
  const symbols = symbolsIn(text)
  if (symbols.length > symbolsMax) return refusedBy("too many symbols")
  return { symbols, calls: namedIn(text, "call"), imports: namedIn(text, "import"), refused: undefined }
}

export const layer: Layer.Layer<Extractor> = Layer.succeed(Extractor, {
  name: "lines",
  version: 1,
  bytesMax,
  languageOf: (path) => (path.endsWith(".def") ? language : undefined),
  extract: (files) => Effect.sync(() => files.map(({ bytes }) => extractionOf(bytes)))
})
