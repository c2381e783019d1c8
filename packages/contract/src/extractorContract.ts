/**
 * Tests of every extractor's promises. An adapter runs the suite from a test file that calls `extractorContract` with
 * its layer and a way to write files in one of its languages.
 */
import { assert, it } from "@effect/vitest"
import { elementAt, expected } from "@musehub/domain/base/expected"
import {
  type ExtractedSymbol,
  qualifiedNameLengthMax,
  refusedBy,
  visibilities
} from "@musehub/domain/port/extractor/Extraction"
import { Extractor } from "@musehub/domain/port/extractor/Extractor"
import { Effect, Fiber, type Layer } from "effect"

/** The parts of a function. */
export interface FunctionParts {
  readonly name: string
  readonly parameter: string
  readonly result: string
}

/** How files look in one of the languages. */
export interface ExtractorSamples {
  /** A path that has the language. */
  readonly path: string
  /** Returns the text of a function with these parts, with a line break at its end. */
  readonly functionOf: (parts: FunctionParts) => string
}

const plain: FunctionParts = { name: "one", parameter: "a", result: "1" }

/** Registers the suite with Vitest. The layer is built once. */
export const extractorContract = <E>(
  name: string,
  layer: Layer.Layer<Extractor, E>,
  { functionOf, path }: ExtractorSamples
): void =>
  it.layer(layer, { timeout: "2 minutes", excludeTestServices: true })(`Extractor (${name})`, (it) => {
    const languageOf = Effect.map(Extractor, (extractor) =>
      expected(extractor.languageOf(path), "the language of the sample")
    )
    const extracted = Effect.fnUntraced(function* (content: string | Uint8Array) {
      const { extract } = yield* Extractor
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
      return elementAt(yield* extract([{ language: yield* languageOf, bytes }]), 0)
    })
    const only = Effect.fnUntraced(function* (
      parts: Partial<FunctionParts>
    ): Effect.fn.Return<ExtractedSymbol, unknown, Extractor> {
      const { symbols } = yield* extracted(functionOf({ ...plain, ...parts }))
      assert.lengthOf(symbols, 1)
      return expected(symbols[0], "the one symbol")
    })

    it.effect("says what it is, and knows languages by paths alone", () =>
      Effect.gen(function* () {
        const extractor = yield* Extractor
        assert.match(extractor.name, /^[a-z][a-z0-9-]*$/)
        assert.include(
          Array.from({ length: 999 }, (_, before) => before + 1),
          extractor.version
        )
        assert.strictEqual(extractor.languageOf(`folder/${path}`), extractor.languageOf(path))
        for (const unknown of ["", "none", "a.unknown-suffix", "folder.of/none"]) {
          assert.isUndefined(extractor.languageOf(unknown))
        }
      })
    )

    it.effect("finds symbols in their order, with their lines, and each under a name of its own", () =>
      Effect.gen(function* () {
        const texts = ["one", "two", "one"].map((name) => functionOf({ ...plain, name }))
        const { refused, symbols } = yield* extracted(texts.join(""))
        assert.isUndefined(refused)
        assert.deepStrictEqual(
          symbols.map(({ name, qualifiedName }) => [name, qualifiedName]),
          [
            ["one", "one"],
            ["two", "two"],
            ["one", "one#2"]
          ]
        )
        const lines = functionOf(plain).split("\n").length - 1
        assert.deepStrictEqual(
          symbols.map(({ line }) => line),
          [1, 1 + lines, 1 + 2 * lines]
        )
        for (const { bodyHash, endLine, kind, line, signatureHash, visibility } of symbols) {
          assert.isAtLeast(endLine, line)
          assert.isAtMost(endLine, line + lines - 1)
          assert.strictEqual(kind, "function")
          assert.include(visibilities, visibility)
          for (const hash of [bodyHash, signatureHash]) assert.match(hash, /^[0-9a-f]{64}$/)
        }
        assert.deepStrictEqual((yield* extracted(texts.join(""))).symbols, symbols)
        assert.deepStrictEqual(yield* extracted(""), { symbols: [], calls: [], imports: [], refused: undefined })
      })
    )

    it.effect("hashes the body and the signature apart, and the name in neither", () =>
      Effect.gen(function* () {
        const before = yield* only({})
        const { bodyHash, signatureHash } = before
        assert.deepInclude(yield* only({ name: "other" }), { name: "other", bodyHash, signatureHash })
        const body = yield* only({ result: "2" })
        assert.notStrictEqual(body.bodyHash, bodyHash)
        assert.strictEqual(body.signatureHash, signatureHash)
        const signature = yield* only({ parameter: "b" })
        assert.strictEqual(signature.bodyHash, bodyHash)
        assert.notStrictEqual(signature.signatureHash, signatureHash)
      })
    )

    it.effect("refuses what is no text or too large, and leaves out a name that is too long", () =>
      Effect.gen(function* () {
        const { bytesMax } = yield* Extractor
        const text = new TextEncoder().encode(functionOf(plain))
        const wide = Uint8Array.from([...text].flatMap((byte) => [byte, 0]))
        const latin = Uint8Array.from([...text, 0xe9, 0x0a])
        for (const content of [wide, latin]) {
          assert.deepStrictEqual(yield* extracted(content), refusedBy("no text"))
        }
        const large = new Uint8Array(bytesMax + 1).fill(0x0a)
        assert.deepStrictEqual(yield* extracted(large), refusedBy("too large"))
        const long = functionOf({ ...plain, name: "a".repeat(qualifiedNameLengthMax + 1) })
        const { symbols } = yield* extracted(long + functionOf(plain))
        assert.deepStrictEqual(
          symbols.map(({ qualifiedName }) => qualifiedName),
          ["one"]
        )
      })
    )

    it.effect("answers for each of many files in their order, whatever is beside it", () =>
      Effect.gen(function* () {
        const { bytesMax, extract } = yield* Extractor
        const language = yield* languageOf
        assert.deepStrictEqual(yield* extract([]), [])
        const large = new Uint8Array(bytesMax + 1).fill(0x0a)
        // A part of a larger buffer, as from a pack.
        const partOf = (text: string) => new TextEncoder().encode(`${text}${text}`).subarray(text.length)
        const contents = Array.from({ length: 200 }, (_, place) =>
          place % 50 === 7 ? large : partOf(functionOf({ ...plain, name: `name${place}` }))
        )
        const found = yield* extract(contents.map((bytes) => ({ language, bytes })))
        assert.deepStrictEqual(
          found.map(({ refused, symbols }) => refused ?? symbols.map(({ name }) => name).join()),
          contents.map((bytes, place) => (bytes === large ? "too large" : `name${place}`))
        )
        assert.strictEqual(contents[0]?.byteLength, functionOf({ ...plain, name: "name0" }).length)
      })
    )

    it.effect("answers several at the same time, and goes on after one that was interrupted", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 8 }, (_, place) => `name${place}`)
        const found = yield* Effect.forEach(names, (name) => only({ name }), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          found.map(({ name }) => name),
          names
        )
        const long = Array.from({ length: 900 }, (_, place) => functionOf({ ...plain, name: `name${place}` }))
        const fiber = yield* Effect.forkChild(extracted(long.join("")), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
        assert.deepInclude(yield* only({ name: "after" }), { name: "after" })
      })
    )
  })
