/** The language of a file by its suffix, under the names that the `muse` client uses. */

/** Suffixes by language. What the client does not know has no language here either, so that both count alike. */
const suffixes: { readonly [language: string]: string } = {
  C: "c h",
  "C#": "cs",
  "C++": "cc cpp cxx hpp hxx",
  CSS: "css",
  Go: "go",
  HTML: "htm html",
  Java: "java",
  JavaScript: "cjs js jsx mjs",
  JSON: "json jsonc",
  Kotlin: "kt kts",
  Markdown: "md",
  Protobuf: "proto",
  Python: "py pyi",
  reStructuredText: "rst",
  Ruby: "rb",
  Rust: "rs",
  SCSS: "scss",
  Shell: "bash sh zsh",
  SQL: "sql",
  Swift: "swift",
  Terraform: "tf",
  Text: "txt",
  TOML: "toml",
  TypeScript: "ts tsx",
  YAML: "yaml yml"
}

const languages = new Map(
  Object.entries(suffixes).flatMap(([language, list]) => list.split(" ").map((suffix) => [suffix, language] as const))
)

/** Returns the language of the file at a path; null if its suffix, in any case, has none. */
export const languageOf = (path: string): string | null => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  const dot = name.lastIndexOf(".")
  // A name that begins with its only dot has no suffix.
  return dot > 0 ? (languages.get(name.slice(dot + 1).toLowerCase()) ?? null) : null
}
