/**
 * `.museattributes`: how a repository wants its paths merged (docs/wire.md, section 10). It is TOML at the root of the
 * tree and comes from outside, so errors name line and column. `smol-toml` parses it: it passes the TOML test suite,
 * has no dependencies, and its errors carry the position.
 */
import { Result, Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { cut } from "../base/text/cut.ts"
import { parse, TomlError } from "smol-toml"
import { elementAt } from "../base/expected.ts"
import { fnmatch, type Match } from "./fnmatch.ts"
import { endOfRules, type Position, positionInRule, positionOfKey, positionOfUtf8Fault } from "./tomlPosition.ts"

/** Path of the rules in a manifest. */
export const attributesPath = ".museattributes"

/** Bounds of the file. A rule takes some 80 bytes, and a path is tried against every rule until one matches. */
export const attributesBytesMax = 64 * 1024
export const attributeRulesMax = 1000

export const Strategy = Schema.Literals(["ours", "theirs", "union", "base", "auto", "manual"])
/** The merge of one path; `auto` is the normal three-way merge. */
export type Strategy = typeof Strategy.Type

/** The file is invalid. `line` and `column` count from one. */
export class AttributesRefused extends Schema.TaggedError<AttributesRefused>()("AttributesRefused", {
  kind: errorKind("refused"),
  line: Schema.Int,
  column: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `${attributesPath}, line ${this.line}, column ${this.column}: ${this.reason}`
  }
}

export interface AttributeRule {
  readonly path: string
  readonly dimension: string
  readonly strategy: Strategy
  readonly priority: bigint
  readonly matches: Match
  /** Finds the pattern in the file, for an error about it. */
  readonly position: () => Position
}

export interface Attributes {
  /** The domain that the rules were written for. Another domain than the repository's only deserves a warning. */
  readonly domain: string | null
  /** Greatest priority first; equal priorities in file order. */
  readonly rules: ReadonlyArray<AttributeRule>
}

/** The attributes of a tree without the file. */
export const noAttributes: Attributes = { domain: null, rules: [] }

const isStrategy = Schema.is(Strategy)
const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

const start: Position = [1, 1]

const refuse = ([line, column]: Position, reason: string) =>
  Result.fail(new AttributesRefused({ line, column, reason }))

/** Bounds the parser's recursion into inline tables; real files do not nest them. */
const depthMax = 32

const parseToml = (text: string) =>
  Result.try({
    try: () => parse(text, { integersAsBigInt: true, maxDepth: depthMax }) as Readonly<Record<string, unknown>>,
    catch: (cause) =>
      cause instanceof TomlError
        ? new AttributesRefused({ line: cause.line, column: cause.column, reason: sentenceOf(cause) })
        : new AttributesRefused({ line: 1, column: 1, reason: String(cause) })
  })

/** Cuts the fixed phrase at the start of the library's message and the excerpt of the file at its end. */
const sentenceOf = (error: TomlError): string =>
  elementAt(error.message.split("\n", 1), 0).replace(/^Invalid TOML document: /, "")

const ruleOf = (value: unknown, index: number, text: string): Result.Result<AttributeRule, AttributesRefused> => {
  const at = (key: string) => positionInRule(text, index, key, countRules)
  if (!isTable(value)) return refuse(at(""), `rule ${index + 1} is not a table`)
  const { path, dimension, strategy, priority = 0n } = value as Record<string, unknown>
  for (const [key, field] of Object.entries({ path, dimension, strategy })) {
    if (field === undefined) return refuse(at(""), `rule ${index + 1} lacks the field ${key}`)
    if (typeof field !== "string") return refuse(at(key), `the field ${key} is not text`)
  }
  if (!isStrategy(strategy)) {
    const known = Strategy.literals.join(", ")
    return refuse(at("strategy"), `the strategy ${JSON.stringify(cut(String(strategy), 100))} is none of ${known}`)
  }
  if (typeof priority !== "bigint") return refuse(at("priority"), "the field priority is not an integer")
  const glob = String(path)
  return Result.succeed({
    path: glob,
    dimension: String(dimension),
    strategy,
    priority,
    matches: fnmatch(glob),
    position: () => at("path")
  })
}

/** Counts the rules of a text; undefined when it is not TOML. */
const countRules = (text: string): number | undefined => {
  const parsed = parseToml(text)
  if (Result.isFailure(parsed)) return undefined
  const { rules } = parsed.success as { readonly rules?: unknown }
  return Array.isArray(rules) ? rules.length : 0
}

const byPriority = (a: AttributeRule, b: AttributeRule): number =>
  a.priority === b.priority ? 0 : a.priority > b.priority ? -1 : 1

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Parses the file. Skips unknown fields and tables, as the client does. */
export const parseAttributes = (bytes: Uint8Array): Result.Result<Attributes, AttributesRefused> =>
  Result.gen(function* () {
    if (bytes.byteLength > attributesBytesMax) {
      return yield* refuse(start, `the file is larger than ${attributesBytesMax} bytes`)
    }
    const text = yield* Result.try({
      try: () => utf8.decode(bytes),
      catch: () => {
        const [line, column] = positionOfUtf8Fault(bytes)
        return new AttributesRefused({ line, column, reason: "the file is not valid UTF-8" })
      }
    })
    const { meta, rules = [] } = (yield* parseToml(text)) as { readonly meta?: unknown; readonly rules?: unknown }
    if (meta !== undefined && !isTable(meta)) return yield* refuse(positionOfKey(text, "meta"), "meta is not a table")
    const domain = meta?.["domain"] ?? null
    if (domain !== null && typeof domain !== "string") {
      return yield* refuse(positionOfKey(text, "domain"), "the field domain is not text")
    }
    if (!Array.isArray(rules)) {
      return yield* refuse(positionOfKey(text, "rules"), "rules is not an array of tables")
    }
    if (rules.length > attributeRulesMax) {
      return yield* refuse(endOfRules(text), `there are more than ${attributeRulesMax} rules`)
    }
    const parsed: Array<AttributeRule> = []
    for (const [index, rule] of rules.entries()) parsed.push(yield* ruleOf(rule, index, text))
    return { domain, rules: parsed.toSorted(byPriority) }
  })
