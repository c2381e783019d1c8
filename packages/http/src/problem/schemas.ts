/**
 * The schemas of problems in the contract and the OpenAPI document, generated from the error classes.
 * `HttpApiError.Problem` of effect does not fit: there a type has one status, whereas a failing store may be a 503 or a
 * 500, and each body has a `title`.
 */
import { Record, Schema, SchemaAST } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { type Failure, type FailureClass, failures } from "./failures.ts"
import { defectTag, memberOf, problemMediaType, statuses, type TypeOf, typeOf } from "./Problem.ts"

export type Tag = Failure["_tag"]

type ClassOf<T extends Tag> = (typeof failures)[T]

type DetailsOf<C extends FailureClass> = C extends { readonly details: ReadonlyArray<infer D> }
  ? Pick<InstanceType<C>, Exclude<D, "type"> & keyof InstanceType<C>> &
      ("type" extends D ? { readonly objectType: string } : unknown)
  : unknown

/** The problems of errors with these tags, as a client reads them. */
export type ProblemOf<T extends Tag> = T extends Tag
  ? {
      readonly detail: string
      readonly status: (typeof statuses)[InstanceType<ClassOf<T>>["kind"]]
      readonly type: TypeOf<T>
      /** For an internal error, the id under which the hub logged the cause. */
      readonly requestId?: string
    } & DetailsOf<ClassOf<T>>
  : never

/** Returns the literals of a schema that consists of literals. */
const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> =>
  SchemaAST.isUnion(ast) ? ast.types.flatMap(literalsOf) : SchemaAST.isLiteral(ast) ? [ast.literal] : []

const isKind = (value: unknown): value is keyof typeof statuses => typeof value === "string" && value in statuses

/** Returns every status that an error of the class can have. */
const statusesOf = ({ fields: { kind }, kinds }: FailureClass): ReadonlyArray<number> => {
  const possible = kinds ?? (kind === undefined ? [] : literalsOf(kind.ast))
  return [...new Set(possible.filter(isKind).map((each) => statuses[each]))]
}

const problem = <T extends string, S extends number>(
  tag: T,
  status: S,
  identifier: string,
  details: FailureClass["fields"]
) => {
  const reference: FailureClass["fields"] = status >= 500 ? { requestId: Schema.String } : {}
  return Schema.Struct({
    detail: Schema.String,
    status: Schema.Literal(status),
    type: Schema.Literal(typeOf(tag)),
    ...details,
    ...reference
  })
    .annotate({ identifier, description: typeOf(tag) })
    .pipe(HttpApiSchema.status(status), HttpApiSchema.asJson({ contentType: problemMediaType }))
}

/** The schema of a defect's problem. */
export const defect = problem(defectTag, 500, "DefectProblem", {})

const schemas = Record.map(failures, (failure: FailureClass, tag) => {
  const { details = [], fields } = failure
  const found = statusesOf(failure)
  const members = Object.entries(fields)
    .filter(([field]) => details.includes(field))
    .map(([field, schema]) => [memberOf(field), schema] as const)
  return found.map((status) =>
    problem(tag, status, `${tag}Problem${found.length > 1 ? status : ""}`, Object.fromEntries(members))
  )
  // Built from the same classes as `ProblemOf`, which the compiler cannot derive through their fields.
}) as unknown as { readonly [T in Tag]: ReadonlyArray<Schema.Codec<ProblemOf<T>, unknown>> }

/** Returns the schemas of the problems of errors with these tags, for the contract of an endpoint. */
export const problemsOf = <T extends Tag>(...tags: ReadonlyArray<T>): ReadonlyArray<(typeof schemas)[T][number]> =>
  tags.flatMap((tag) => schemas[tag])
