/** The symbols of files on tree-sitter: as a reader names them, of real files, and of hostile ones. */
import { assert, layer as withLayer } from "@effect/vitest"
import { layer } from "@musehub/adapter-treesitter/TreeSitterExtractor"
import { elementAt, expected } from "@musehub/domain/base/expected"
import { refusedBy, usesMax } from "@musehub/domain/port/extractor/Extraction"
import { Extractor } from "@musehub/domain/port/extractor/Extractor"
import { Effect } from "effect"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { samples } from "./files.ts"
import { useSamples } from "./uses.ts"
import { visibilitySamples } from "./visibilities.ts"

const top = fileURLToPath(new URL("../../..", import.meta.url))

const extracted = Effect.fnUntraced(function* (path: string, content: string | Uint8Array) {
  const { extract, languageOf } = yield* Extractor
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
  const language = expected(languageOf(path), `the language of ${path}`)
  return elementAt(yield* extract([{ language, bytes }]), 0)
})

const namesOf = Effect.fnUntraced(function* (path: string, content: string | Uint8Array) {
  const { refused, symbols } = yield* extracted(path, content)
  assert.isUndefined(refused, path)
  return symbols.map(({ qualifiedName }) => qualifiedName)
})

withLayer(layer, { timeout: "2 minutes", excludeTestServices: true })("symbols on tree-sitter", (it) => {
  for (const { path, symbols, text } of samples) {
    it.effect(`are those that a reader names, in ${path}`, () =>
      Effect.gen(function* () {
        const found = yield* extracted(path, text)
        assert.deepStrictEqual(
          found.symbols.map(({ endLine, kind, line, qualifiedName }) => `${kind} ${qualifiedName} ${line}-${endLine}`),
          symbols
        )
        assert.isUndefined(found.refused)
      })
    )
  }

  for (const { hidden, path, text } of visibilitySamples) {
    it.effect(`are private where a reader says so, in ${path}`, () =>
      Effect.gen(function* () {
        const { symbols } = yield* extracted(path, text)
        assert.isAbove(symbols.length, hidden.length)
        assert.deepStrictEqual(
          symbols.filter(({ visibility }) => visibility === "private").map(({ qualifiedName }) => qualifiedName),
          hidden
        )
      })
    )
  }

  for (const { calls, imports, path, text } of useSamples) {
    it.effect(`come with what their file calls and imports, in ${path}`, () =>
      Effect.gen(function* () {
        const found = yield* extracted(path, text)
        assert.deepStrictEqual([found.calls, found.imports], [calls, imports])
      })
    )
  }

  it.effect("come with the first names that are called, but not with those of 1 MB", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: usesMax + 1 }, (_, place) => `f${String(place).padStart(4, "0")}`)
      const text = [`${"a".repeat(1_000_000)}()`, ...names.map((name) => `${name}()`), ""].join("\n")
      const { calls, imports } = yield* extracted("a.py", text)
      assert.deepStrictEqual([calls, imports], [names.slice(0, usesMax), []])
    })
  )

  it.effect("are the same after a byte order mark", () =>
    Effect.gen(function* () {
      const text = "def f(a):\n    return a\n"
      assert.deepStrictEqual(yield* extracted("a.py", `\ufeff${text}`), yield* extracted("a.py", text))
    })
  )

  it.effect("change with what they say, and not with white space or with what is in them", () =>
    Effect.gen(function* () {
      const one = "class A:\n    x = 1\n    def m(self, a):\n        if a:\n            return 1\n        return 2\n"
      const hashesOf = Effect.fnUntraced(function* (text: string) {
        const { symbols } = yield* extracted("a.py", text)
        const of = (name: string) =>
          expected(
            symbols.find(({ qualifiedName }) => qualifiedName === name),
            name
          )
        const [whole, method] = [of("A"), of("A.m")]
        return { whole: [whole.bodyHash, whole.signatureHash], method: [method.bodyHash, method.signatureHash] }
      })
      const before = yield* hashesOf(one)
      assert.deepStrictEqual(
        yield* hashesOf(one.replaceAll("\n", "  \r\n\r\n").replace("(self, a)", "(self,\n  a)")),
        before
      )
      const moved = yield* hashesOf(one.replace("        return 2", "            return 2"))
      assert.notDeepEqual(moved.method, before.method)
      assert.deepStrictEqual(moved.whole, before.whole)
      const decorated = yield* hashesOf(one.replace("    def m", "    @cached\n    def m"))
      assert.strictEqual(decorated.method[0], before.method[0])
      assert.notStrictEqual(decorated.method[1], before.method[1])
    })
  )

  it.effect("are found in this project's own source and in the golden repositories", () =>
    Effect.gen(function* () {
      const files = globSync("packages/{domain/src/port,adapters/treesitter/src}/**/*.ts", { cwd: top })
      const found = new Map<string, ReadonlyArray<string>>()
      for (const file of files) found.set(file, yield* namesOf(file, readFileSync(join(top, file))))
      assert.isAbove(found.size, 30)
      assert.includeMembers(found.get("packages/domain/src/port/Page.ts") as Array<string>, ["CursorRefused", "pageOf"])
      // Only what runs or passes on has none.
      assert.isBelow([...found].filter(([, names]) => names.length === 0).length, 4)

      const { languageOf } = yield* Extractor
      const golden = join(top, "test/vectors/repos")
      const names = new Set<string>()
      for (const file of globSync("*/snapshots/*.json", { cwd: golden })) {
        const { manifest } = JSON.parse(readFileSync(join(golden, file), "utf8")) as {
          manifest: Record<string, string>
        }
        const [repository = ""] = file.split("/")
        for (const [path, id] of Object.entries(manifest)) {
          if (languageOf(path) === undefined) continue
          const object = readFileSync(join(golden, repository, "objects", id.slice(0, 2), id.slice(2)))
          for (const name of yield* namesOf(path, object)) names.add(name)
        }
      }
      assert.includeMembers([...names], ["alpha", "Gamma", "Gamma.run", "greet", "bye"])
    })
  )

  const deep = 200_000
  const hostile: ReadonlyArray<readonly [what: string, path: string, text: string]> = [
    ["200,000 open brackets", "a.py", "[".repeat(deep)],
    ["templates without end", "a.cpp", "a<".repeat(deep)],
    ["100,000 classes in each other", "a.java", "class A{".repeat(100_000)]
  ]
  for (const [what, path, text] of hostile) {
    it.effect(`are bounded in ${what}, and the next file has its own`, () =>
      Effect.gen(function* () {
        // A fast machine may read the last one to its end.
        const { refused, symbols } = yield* extracted(path, text)
        assert.isEmpty(symbols)
        if (!path.endsWith("java")) assert.strictEqual(refused, "too costly")
        assert.deepStrictEqual(yield* namesOf("a.py", "def f(): pass\n"), ["f"])
      })
    )
  }

  it.effect("are those of each file, though one among them takes too much", () =>
    Effect.gen(function* () {
      const { extract } = yield* Extractor
      const fileOf = (language: string, text: string) => ({ language, bytes: new TextEncoder().encode(text) })
      const found = yield* extract([
        fileOf("python", "def f(): pass\n"),
        fileOf("go", "func g() {}\n"),
        fileOf("python", "[".repeat(deep)),
        fileOf("python", "def h(): pass\n"),
        fileOf("cpp", "a<".repeat(deep)),
        fileOf("java", "class I {}\n")
      ])
      assert.deepStrictEqual(
        found.map(({ refused, symbols }) => refused ?? symbols.map(({ name }) => name).join()),
        ["f", "g", "too costly", "h", "too costly", "I"]
      )
    })
  )

  it.effect("with names of 1 MB are left out, and others of the file are not", () =>
    Effect.gen(function* () {
      const long = "a".repeat(1_000_000)
      assert.deepStrictEqual(yield* namesOf("a.py", `def ${long}(): pass\ndef b(): pass\n`), ["b"])
      const many = Array.from({ length: 2001 }, (_, place) => `f${place}() {\n:\n}\n`).join("")
      assert.deepStrictEqual(yield* extracted("a.sh", many), refusedBy("too many symbols"))
    })
  )
})
