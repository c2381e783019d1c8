/** The languages: the suffixes of their files, their grammars, and what they call a symbol. */
import { go } from "./query/go.ts"
import { java } from "./query/java.ts"
import { javascript, typescript } from "./query/javascript.ts"
import { bash, cpp, csharp, php, ruby } from "./query/others.ts"
import { python } from "./query/python.ts"
import { rust } from "./query/rust.ts"
import * as uses from "./query/uses.ts"
import {
  accessCall,
  accessSpecifier,
  capitalized,
  everything,
  exported,
  pub,
  publicModifier,
  type Visibility,
  withoutModifier,
  withoutUnderscore
} from "./thread/Visibility.ts"

export interface Language {
  readonly suffixes: ReadonlyArray<string>
  /** The file of its grammar in `@vscode/tree-sitter-wasm`, without `tree-sitter-`. */
  readonly grammar: string
  /**
   * What declares a symbol. A pattern captures the declaration under its kind, its `@name`, and its `@body` if it has
   * one. `@owner` is named before it; a `@scope` only gives its name, and that of a `@part`, to what is in it; and what
   * is in a `@local` is no symbol. What is in an `@exported` is exported, and what is called as an `@exports`; an
   * `@access` holds for what comes after it in the same declaration. Of two patterns that capture one name, the first
   * counts, and the larger declaration.
   */
  readonly query: string
  /** What uses others, as in `query/uses.ts`. */
  readonly uses: string
  readonly isPublic: Visibility
}

/** C is read as C++, which has no grammar of its own here. */
export const languages: ReadonlyMap<string, Language> = new Map<string, Language>([
  [
    "python",
    { suffixes: ["py", "pyi"], grammar: "python", query: python, uses: uses.python, isPublic: withoutUnderscore }
  ],
  [
    "typescript",
    {
      suffixes: ["ts", "mts", "cts"],
      grammar: "typescript",
      query: typescript,
      uses: uses.typescript,
      isPublic: exported
    }
  ],
  ["tsx", { suffixes: ["tsx"], grammar: "tsx", query: typescript, uses: uses.tsx, isPublic: exported }],
  [
    "javascript",
    {
      suffixes: ["js", "mjs", "cjs", "jsx"],
      grammar: "javascript",
      query: javascript,
      uses: uses.javascript,
      isPublic: exported
    }
  ],
  ["go", { suffixes: ["go"], grammar: "go", query: go, uses: uses.go, isPublic: capitalized }],
  ["rust", { suffixes: ["rs"], grammar: "rust", query: rust, uses: uses.rust, isPublic: pub }],
  ["java", { suffixes: ["java"], grammar: "java", query: java, uses: uses.java, isPublic: publicModifier }],
  [
    "cpp",
    {
      suffixes: ["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx"],
      grammar: "cpp",
      query: cpp,
      uses: uses.cpp,
      isPublic: accessSpecifier
    }
  ],
  ["csharp", { suffixes: ["cs"], grammar: "c-sharp", query: csharp, uses: uses.csharp, isPublic: publicModifier }],
  ["ruby", { suffixes: ["rb"], grammar: "ruby", query: ruby, uses: uses.ruby, isPublic: accessCall }],
  ["php", { suffixes: ["php"], grammar: "php", query: php, uses: uses.php, isPublic: withoutModifier }],
  ["bash", { suffixes: ["sh", "bash"], grammar: "bash", query: bash, uses: uses.bash, isPublic: everything }]
])

const bySuffix = new Map(
  Array.from(languages, ([name, { suffixes }]) => suffixes.map((suffix) => [suffix, name] as const)).flat()
)

/** Returns the language of the file at a path by its suffix, in any case. */
export const languageOf = (path: string): string | undefined => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  const dot = name.lastIndexOf(".")
  return dot > 0 ? bySuffix.get(name.slice(dot + 1).toLowerCase()) : undefined
}
