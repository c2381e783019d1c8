/**
 * Says in plain words what is wrong with each field of a value that does not conform to its schema. The texts of the
 * schema library are for programmers, and name neither the known fields nor the values that are allowed.
 */
import { Predicate, type Schema, SchemaAST, type SchemaIssue } from "effect"
import { cut } from "./text/cut.ts"

/** What is wrong with one field. */
export interface FieldError {
  /** Where the field is, as in `changes[0].path`; empty for the whole value. */
  readonly path: string
  /** Completes a sentence that begins with the path, as in "must be a string". */
  readonly message: string
}

/** Parameters of a query are text, and their names are given once. */
export type FieldKind = "field" | "parameter"

type Path = ReadonlyArray<PropertyKey>

/** The longest path that is shown, in characters; keys of a record come from the request. */
const pathLengthMax = 300

const identifier = /^[A-Za-z_][\w-]*$/

/** Returns a path as in `changes[0].path` or `metadata["two words"]`. */
export const pathText = (path: Path): string => {
  const text = path
    .map((key) =>
      typeof key === "number"
        ? `[${key}]`
        : identifier.test(String(key))
          ? `.${String(key)}`
          : `[${JSON.stringify(String(key))}]`
    )
    .join("")
    .replace(/^\./, "")
  return text.length > pathLengthMax ? `${cut(text, pathLengthMax)}…` : text
}

/** Returns "a", "a or b" or "a, b or c". */
const listed = (items: ReadonlyArray<string>, conjunction: "and" | "or"): string =>
  [items.slice(0, -1).join(", "), ...items.slice(-1)].filter((text) => text !== "").join(` ${conjunction} `)

const annotatedAs = ({ annotations }: SchemaAST.AST): string | undefined => {
  const expected = annotations?.["expected"]
  return typeof expected === "string" ? expected : undefined
}

/** Returns a member of an object that has one value, such as `op` of a change, and that value. */
const tagOf = (ast: SchemaAST.AST): { readonly name: string; readonly value: string } | undefined => {
  if (!SchemaAST.isObjects(ast)) return undefined
  for (const { name, type } of ast.propertySignatures) {
    if (SchemaAST.isLiteral(type)) return { name: String(name), value: JSON.stringify(type.literal) }
  }
  return undefined
}

const choiceOf = (types: ReadonlyArray<SchemaAST.AST>): string => {
  const tags = types.map(tagOf).filter((tag) => tag !== undefined)
  const [first] = tags
  return first !== undefined && tags.length === types.length
    ? `an object whose ${first.name} is ${listed(
        tags.map(({ value }) => value),
        "or"
      )}`
    : listed([...new Set(types.map(typeText))], "or")
}

/** Returns what a value of this type is called. */
const typeText = (ast: SchemaAST.AST): string => {
  if (SchemaAST.isString(ast)) return "a string"
  if (SchemaAST.isNumber(ast)) return "a number"
  if (SchemaAST.isBoolean(ast)) return "true or false"
  if (SchemaAST.isNull(ast)) return "null"
  if (SchemaAST.isLiteral(ast)) return JSON.stringify(ast.literal)
  if (SchemaAST.isObjects(ast)) return "an object"
  if (SchemaAST.isArrays(ast)) return "a list"
  if (SchemaAST.isUnion(ast)) return choiceOf(ast.types)
  return annotatedAs(ast) ?? "a valid value"
}

const count = (size: unknown, ast: SchemaAST.AST | undefined): string =>
  `${String(size)} ${ast !== undefined && SchemaAST.isArrays(ast) ? "item" : "character"}${size === 1 ? "" : "s"}`

/** What the checks of the schema library ask for, by their id. */
const checkTexts: {
  readonly [id: string]: (payload: { readonly [name: string]: unknown }, ast: SchemaAST.AST | undefined) => string
} = {
  isInt: () => "must be a whole number",
  isBetween: ({ maximum, minimum }) => `must be from ${String(minimum)} to ${String(maximum)}`,
  isGreaterThanOrEqualTo: ({ minimum }) => `must be at least ${String(minimum)}`,
  isMinLength: ({ minLength }, ast) => `must have at least ${count(minLength, ast)}`,
  isMaxLength: ({ maxLength }, ast) => `must have at most ${count(maxLength, ast)}`
}

const checkText = ({ filter, issue }: SchemaIssue.Filter, ast: SchemaAST.AST | undefined): string => {
  const check = filter.annotations?.representation
  const text = check === undefined ? undefined : checkTexts[check.id.replace("effect/schema/", "")]
  if (text !== undefined) return text(Predicate.isObject(check?.payload) ? check.payload : {}, ast)
  const expected = filter.annotations?.expected
  if (typeof expected === "string") return `must be ${expected}`
  const said = issue._tag === "InvalidValue" ? issue.annotations?.message : undefined
  return typeof said === "string" ? said : "is not a valid value"
}

const namesOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []

/** A parameter is text, so one of another type was given more than once. */
const givenTwice = "must be given only once"

/** Completes a sentence about a field that is not among the known ones. */
export const unknownField = (known: ReadonlyArray<string>, kind: FieldKind): string => {
  const unknown = `is not a known ${kind}`
  if (known.length === 0) return `${unknown}: there are none here`
  return `${unknown}: ${known.length === 1 ? "the only one here is" : "known here are"} ${listed(known, "and")}`
}

/** Returns what is wrong, field by field, with the messages of one field joined. */
export const fieldErrors = (issue: SchemaIssue.Issue, kind: FieldKind, at: Path = []): ReadonlyArray<FieldError> => {
  const messages = new Map<string, Set<string>>()
  const say = (path: Path, message: string) => {
    const text = pathText(path)
    const said = messages.get(text)
    if (said === undefined) messages.set(text, new Set([message]))
    else said.add(message)
  }
  const visit = (issue: SchemaIssue.Issue, path: Path, ast?: SchemaAST.AST): void => {
    switch (issue._tag) {
      case "Pointer":
        return visit(issue.issue, [...path, ...issue.path])
      case "Composite":
        for (const each of issue.issues) visit(each, path, issue.ast)
        return
      case "AnyOf":
        if (issue.issues.length === 0) return say(path, `must be ${choiceOf(issue.ast.types)}`)
        for (const each of issue.issues) visit(each, path)
        return
      case "Filter":
        return say(path, checkText(issue, ast))
      case "Encoding":
        return issue.issue._tag === "InvalidType" && kind === "parameter"
          ? say(path, givenTwice)
          : say(path, `must be ${typeText(issue.ast)}`)
      case "InvalidType":
        return say(path, kind === "parameter" ? givenTwice : `must be ${typeText(issue.ast)}`)
      case "MissingKey":
        return say(path, "is missing")
      case "UnexpectedKey":
        return say(path, unknownField(namesOf(issue.ast), kind))
      default:
        return say(path, "is not a valid value")
    }
  }
  visit(issue, at)
  return Array.from(messages, ([path, said]) => ({ path, message: [...said].join(" and ") }))
}

/** The most fields that a sentence names. */
const sentenceErrorsMax = 5

/** Says in one sentence what is wrong; `total` counts the errors where not all are given. */
export const fieldSentence = (errors: ReadonlyArray<FieldError>, total = errors.length): string => {
  const named = errors.slice(0, sentenceErrorsMax)
  const rest = total - named.length
  const sentences = named.map(({ message, path }) => `${path === "" ? "it" : path} ${message}`)
  return [...sentences, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ")
}

/** Says in one sentence what is wrong with a value that stands `at` a path. */
export const reasonOf = ({ issue }: Schema.SchemaError, at: Path = []): string =>
  fieldSentence(fieldErrors(issue, "field", at))
