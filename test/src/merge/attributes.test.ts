/** `.museattributes`: what is read from it, which rule applies, and where an error is. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  attributeRulesMax,
  attributesBytesMax,
  type Attributes,
  type AttributesRefused,
  parseAttributes
} from "@musehub/domain/merge/Attributes"
import { atOnce } from "@musehub/domain/base/Slices"
import { strategiesOf, strategyFor as strategyOf } from "@musehub/domain/merge/strategies"

const parse = (text: string | Uint8Array) => parseAttributes(Buffer.from(text))

const attributes = (text: string) => Result.getOrThrow(parse(text))

const strategyFor = (found: Attributes, path: string, dimension = "*") =>
  Result.getOrThrow(strategyOf(found, path, { dimension }))

const refusal = (text: string | Uint8Array): AttributesRefused => {
  const parsed = parse(text)
  if (Result.isSuccess(parsed)) throw new Error("the file was accepted")
  return parsed.failure
}

const rule = (path: string, strategy: string, more = "") =>
  `[[rules]]\npath = "${path}"\ndimension = "*"\nstrategy = "${strategy}"\n${more}\n`

describe("rules", () => {
  it("apply by the first match, and leave the rest to auto", () => {
    const found = attributes(rule("docs/*", "ours") + rule("*.md", "theirs"))
    assert.strictEqual(strategyFor(found, "docs/a/b.md"), "ours")
    assert.strictEqual(strategyFor(found, "src/b.md"), "theirs")
    assert.strictEqual(strategyFor(found, "src/b.ts"), "auto")
    assert.strictEqual(strategyFor(attributes(""), "a"), "auto")
  })

  it("with a greater priority come first, equal ones in file order", () => {
    const found = attributes(
      rule("*", "ours", "priority = -1") +
        rule("*.a", "theirs") +
        rule("*.a", "base", "priority = 0") +
        rule("secret.*", "manual", "priority = 9_000_000_000_000_000_000")
    )
    assert.strictEqual(strategyFor(found, "x"), "ours")
    assert.strictEqual(strategyFor(found, "x.a"), "theirs")
    assert.strictEqual(strategyFor(found, "secret.a"), "manual")
  })

  it("of any dimension apply to whole files; a dimension follows its own rules and those of *", () => {
    const found = attributes(`[[rules]]\npath = "*"\ndimension = "notes"\nstrategy = "union"\n${rule("*", "base")}`)
    assert.strictEqual(strategyFor(found, "x"), "union")
    assert.strictEqual(strategyFor(found, "x", "notes"), "union")
    assert.strictEqual(strategyFor(found, "x", "tempo"), "base")
  })

  it("are read next to a domain, comments, unknown fields, a byte order mark and CRLF", () => {
    const top = '\u{feff}# ours\n[meta]\ndomain = "code"\nowner = 1\n'
    const text = top + rule("a", "union", 'comment = "why"\ncolour = 3')
    const found = attributes(text.replaceAll("\n", "\r\n"))
    assert.strictEqual(found.domain, "code")
    assert.strictEqual(strategyFor(found, "a"), "union")
    assert.strictEqual(
      strategyFor(attributes('rules = [{path = "a", dimension = "*", strategy = "base"}]'), "a"),
      "base"
    )
  })
})

describe("an invalid file", () => {
  const good = rule("a", "ours")
  const lookAlike = rule("a", "ours", "comment = '''\n[[rules]]\nstrategy = 3\n'''")
  const cases: ReadonlyArray<readonly [name: string, text: string | Uint8Array, line: number, column: number, RegExp]> =
    [
      ["a value is missing", "x = 1\ny =\n", 2, 4, /./],
      ["a string does not end", `${good}z = "abc\n`, 6, 9, /./],
      ["a key comes twice", "[meta]\na = 1\na = 2\n", 3, 1, /redefine/],
      ["an array does not end", "a = [[[[", 1, 8, /./],
      [
        "a required field is missing",
        `${good}[[rules]]\npath = "x"\nstrategy = "ours"\n`,
        6,
        1,
        /rule 2 lacks the field dimension/
      ],
      ["a strategy is unknown", good + rule("b", "mine"), 9, 1, /"mine" is none of ours, theirs/],
      [
        "a field has the wrong type",
        `${good}[[rules]]\n  path = 3\ndimension = "*"\nstrategy = "ours"`,
        7,
        3,
        /path is not text/
      ],
      ["a priority is a fraction", rule("b", "ours", "priority = 1.0"), 5, 1, /priority is not an integer/],
      ["a value looks like a header", lookAlike + rule("b", "mine"), 12, 1, /mine/],
      ["rules is not an array", "a = 1\nrules = 3\n", 2, 1, /rules is not an array/],
      ["rules is a table", "\n[rules]\n", 2, 1, /rules is not an array/],
      ["a rule is not a table", "rules = [1]", 1, 1, /rule 1 is not a table/],
      ["meta is not a table", "\nmeta = 1", 2, 1, /meta is not a table/],
      ["the domain is not text", "[meta]\n domain = 1", 2, 2, /domain is not text/],
      ["it is not UTF-8", Buffer.concat([Buffer.from("# é\n# \u{fffd}x"), Buffer.from([0xff])]), 2, 5, /UTF-8/],
      [
        "it has too many rules",
        rule("a", "ours")
          .repeat(attributeRulesMax + 1)
          .replaceAll(/^\n/gm, ""),
        4001,
        1,
        /more than 1000 rules/
      ],
      ["it is too large", "#".repeat(attributesBytesMax + 1), 1, 1, /larger than 65536 bytes/]
    ]

  for (const [name, text, line, column, reason] of cases) {
    it(`is refused with line and column: ${name}`, () => {
      const refused = refusal(text)
      assert.match(refused.reason, reason)
      assert.notMatch(refused.reason, /\n/)
      assert.deepStrictEqual([refused.line, refused.column], [line, column], refused.message)
      assert.include(refused.message, `line ${line}, column ${column}`)
    })
  }

  it("is refused for keys that are special to the language, or read harmlessly", () => {
    assert.strictEqual(strategyFor(attributes(`[__proto__]\nrules = 1\n${good}`), "a"), "ours")
  })
})

describe("a hostile file", () => {
  const codes = (count: number) =>
    Array.from({ length: count }, (_, at) => String.fromCodePoint(0x4e00 + 2 * at)).join("")

  it("with a long line of spaces costs no more than its length", () => {
    const start = performance.now()
    assert.match(refusal(`${" ".repeat(60_000)}\nmeta = 1`).reason, /meta is not a table/)
    assert.match(
      refusal(`${rule("a", "ours")}${" ".repeat(60_000)}\npath2 = 1\n[[rules]]\npath = 3`).reason,
      /lacks|text/
    )
    assert.isBelow(performance.now() - start, 2000)
  })

  it("with a pattern that takes too long for a path is refused, with the line of the pattern", () => {
    const found = attributes(rule("docs/*", "ours") + rule(`*${"a".repeat(2000)}b`, "theirs"))
    const refused = Result.getOrThrow(Result.flip(strategyOf(found, "a".repeat(4000))))
    assert.match(refused.reason, /takes too long to match the path/)
    assert.deepStrictEqual([refused.line, refused.column], [7, 1])
  })

  it("with too many costly patterns is refused once they cost a merge too much", () => {
    const found = attributes(Array.from({ length: 5 }, () => rule(`*[${codes(1000)}]`, "ours")).join(""))
    const paths = Array.from({ length: 400 }, (_, at) => `${at}${"a".repeat(200)}`)
    const few = atOnce(strategiesOf(found, paths.slice(0, 10)))
    assert.deepStrictEqual(Result.getOrThrow(few), new Map())
    const refused = Result.getOrThrow(Result.flip(atOnce(strategiesOf(found, paths))))
    assert.match(refused.reason, /takes too long; use fewer or simpler patterns/)
  })
})
