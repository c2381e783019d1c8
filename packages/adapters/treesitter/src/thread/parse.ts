/** Parses files on the thread that is made for it, within bounds of time and memory. */
import { decodedText } from "@musehub/domain/base/text/decodedText"
import { type Extraction, refusedBy, symbolsMax } from "@musehub/domain/port/extractor/Extraction"
import { readFile } from "node:fs/promises"
import { Language, Parser, Query } from "web-tree-sitter"
import { languages, type Language as KnownLanguage } from "../languages.ts"
import { symbolsIn } from "./symbolsIn.ts"
import { usesIn } from "./usesIn.ts"

/** What is used of it here; the types of Node do not have it. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBufferLike
  }
  readonly RuntimeError: new () => Error
}

/** The time of the processor that a file may take, in microseconds. A busy machine takes longer, and not more of it. */
const microsMax = 1_000_000

const initialPages = 512
/** What a parser may take, in pages of 64 KiB: several times what a file of 1 MiB takes that is no attack. */
const pagesMax = 2048
/** A thread whose parser took more than that is not used again, since it never gives memory back. */
const spentBytes = 64 * 1024 * 1024

export interface Parsed {
  readonly extraction: Extraction
  /** Whether the thread should not be used again. */
  readonly isSpent: boolean
  /** The time of the processor that it took, in microseconds. */
  readonly micros: number
}

/** Returns the time of the processor that this thread has taken, in microseconds. */
const threadMicros = (): number => {
  const { system, user } = process.threadCpuUsage()
  return system + user
}

interface Loaded extends Pick<KnownLanguage, "isPublic"> {
  readonly parser: Parser
  readonly query: Query
  readonly uses: Query
}

export interface FileParser {
  /** Loads the grammar of a language, once. */
  readonly load: (language: string) => Promise<unknown>
  /** Finds the symbols of a file. Rejects if the language cannot be loaded. */
  readonly parse: (language: string, bytes: Uint8Array) => Promise<Parsed>
}

export const startParser = async (): Promise<FileParser> => {
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: pagesMax })
  await Parser.init({ wasmMemory: memory })
  const loaded = new Map<string, Loaded>()

  const load = async (name: string): Promise<Loaded> => {
    const kept = loaded.get(name)
    if (kept !== undefined) return kept
    const known = languages.get(name)
    if (known === undefined) throw new Error(`there is no language ${name}`)
    const file = new URL(import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${known.grammar}.wasm`))
    const language = await Language.load(new Uint8Array(await readFile(file)))
    const parser = new Parser().setLanguage(language)
    const { isPublic } = known
    const [query, uses] = [new Query(language, known.query), new Query(language, known.uses)]
    const made: Loaded = { parser, query, uses, isPublic }
    loaded.set(name, made)
    return made
  }

  /** Returns undefined if it takes too long. */
  const extract = ({ isPublic, parser, query, uses }: Loaded, text: string): Extraction | undefined => {
    const started = threadMicros()
    const isLate = () => threadMicros() - started > microsMax
    const tree = parser.parse(text, null, { progressCallback: isLate })
    if (tree === null) return undefined
    const matches = query.matches(tree.rootNode, { progressCallback: isLate })
    if (isLate()) return undefined
    const captures = uses.captures(tree.rootNode, { progressCallback: isLate })
    if (isLate()) return undefined
    const symbols = symbolsIn(text, matches, isPublic)
    const extraction: Extraction = { symbols, ...usesIn(text, captures), refused: undefined }
    tree.delete()
    return symbols.length > symbolsMax ? refusedBy("too many symbols") : extraction
  }

  const parse = async (name: string, bytes: Uint8Array): Promise<Parsed> => {
    const language = await load(name)
    const started = threadMicros()
    const answer = (extraction: Extraction, isSpent: boolean): Parsed => {
      return { extraction, isSpent, micros: threadMicros() - started }
    }
    // A byte order mark is no part of the text.
    const text = decodedText(bytes)?.replace(/^\ufeff/, "")
    if (text === undefined) return answer(refusedBy("no text"), false)
    try {
      const extraction = extract(language, text)
      if (extraction !== undefined) return answer(extraction, memory.buffer.byteLength > spentBytes)
    } catch (cause) {
      // What the parser runs into when its memory ends.
      if (!(cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError)) throw cause
    }
    return answer(refusedBy("too costly"), true)
  }

  return { load, parse }
}
