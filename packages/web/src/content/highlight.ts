/** Divides the text of a file into lines, and these into words of one colour. */
import { languageOf } from "@musehub/domain/reading/languageOf"
import type { RootContent } from "./HtmlTree.ts"
import { Effect } from "effect"
import { parsed } from "./Parsing.ts"

export interface Token {
  readonly text: string
  /** The classes of its colour; empty for plain text. */
  readonly class: string
}

export type Line = ReadonlyArray<Token>

/** The grammars of languages. */
const grammars = new Map(
  Object.entries({
    C: "c",
    "C#": "csharp",
    "C++": "cpp",
    CSS: "css",
    Go: "go",
    HTML: "xml",
    Java: "java",
    JavaScript: "javascript",
    JSON: "json",
    Kotlin: "kotlin",
    Markdown: "markdown",
    Python: "python",
    Ruby: "ruby",
    Rust: "rust",
    SCSS: "scss",
    Shell: "bash",
    SQL: "sql",
    Swift: "swift",
    TOML: "ini",
    TypeScript: "typescript",
    YAML: "yaml"
  })
)

const tokensOf = (nodes: ReadonlyArray<RootContent>, outer: string): ReadonlyArray<Token> =>
  nodes.flatMap((node): ReadonlyArray<Token> => {
    if (node.type === "text") return [{ text: node.value, class: outer }]
    if (node.type !== "element") return []
    const { className } = node.properties
    return tokensOf(node.children, Array.isArray(className) ? className.join(" ") : outer)
  })

const inLines = (tokens: ReadonlyArray<Token>): ReadonlyArray<Line> => {
  const lines: Array<Array<Token>> = []
  let line: Array<Token> = []
  for (const { class: colour, text } of tokens) {
    for (const [place, part] of text.split("\n").entries()) {
      if (place > 0) {
        lines.push(line)
        line = []
      }
      if (part !== "") line.push({ text: part, class: colour })
    }
  }
  // A text that ends its last line has no line after it.
  if (line.length > 0) lines.push(line)
  return lines
}

/** Returns the lines of a file, coloured by its language where that is known and its text is parsed in time. */
export const linesOf = Effect.fnUntraced(function* (path: string, blob: string, text: string) {
  const source = text.replaceAll("\r\n", "\n")
  const grammar = grammars.get(languageOf(path) ?? "")
  const tree = grammar === undefined ? null : yield* parsed(`${grammar} ${blob}`, { kind: "colours", source, grammar })
  return inLines(tree === null ? [{ text: source, class: "" }] : tokensOf(tree.children, ""))
})
