/**
 * Annotates an endpoint of the contract with its summary and description, the access that it requires and the headers
 * that it supports. The OpenAPI document shows all of it; `accessOf` lists the required access for programs.
 */
import { Context } from "effect"
import { OpenApi } from "effect/http-api"

/**
 * The access that an endpoint requires. `read`, `participate`, `write`, `admin` and `oversee` refer to the repository
 * in the path; `oversee` is what administrators keep while it is archived. `read` needs no token on public
 * repositories. `anyone` needs no token and shows what the caller may see. `token` needs a valid token; `token:write`
 * and `token:admin` need one of that scope that is not limited to a repository.
 */
export type Demand =
  | "anyone"
  | "token"
  | "token:write"
  | "token:admin"
  | "read"
  | "oversee"
  | "participate"
  | "write"
  | "admin"

/** The required access of an endpoint, as an annotation of the contract. */
export class Demands extends Context.Service<Demands, Demand>()("@musehub/http/api/contract/Demands") {}

export interface About {
  /** One line, for lists of endpoints. */
  readonly summary: string
  readonly description?: string
  readonly access: Demand
  /** Whether `Idempotency-Key` is supported. */
  readonly repeatable?: boolean
  /** Whether `If-None-Match` is supported. */
  readonly cacheable?: boolean
}

/** The name of the bearer token in the OpenAPI document. */
export const bearer = "bearer"

const keyParameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A repeated request with the same key gets the first answer and has no further effect. The answer is kept for " +
    "24 hours at least.",
  schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" }
}

const etagParameter = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "The ETag of an earlier answer. The answer is 304 without a body if nothing changed since.",
  schema: { type: "string" }
}

/** The types of parameters that are not strings. In a URL they are text, so the generator declares them as strings. */
const typed = new Map<string, { readonly [keyword: string]: unknown }>([
  ["limit", { type: "integer", minimum: 1 }],
  ["parent", { type: "integer", minimum: 1 }],
  ["number", { type: "integer", minimum: 1 }],
  ["drafts", { type: "boolean" }],
  ["recursive", { type: "boolean" }]
])

/** A parameter of the generated document. */
type Parameter = Readonly<Record<string, unknown>> & { readonly name: string }

const withType = (parameter: Parameter) => {
  const schema = typed.get(parameter.name)
  return schema === undefined ? parameter : { ...parameter, schema }
}

/** The answer to the former name of a repository. */
const movedResponse = {
  description: "The repository has another name now",
  headers: { Location: { description: "The same call under the present name", schema: { type: "string" } } }
}

const isOfRepository = (parameters: ReadonlyArray<Parameter>): boolean =>
  ["owner", "slug"].every((part) => parameters.some(({ name }) => name === part))

/** Returns the annotations of an endpoint. */
export const about = ({ summary, description, access, repeatable, cacheable }: About) =>
  Context.merge(
    OpenApi.annotations({
      summary,
      description,
      transform: (operation) => {
        const { responses } = operation
        const parameters: ReadonlyArray<Parameter> = operation["parameters"]
        return {
          ...operation,
          "x-access": access,
          security: access === "anyone" || access === "read" ? [{}, { [bearer]: [] }] : [{ [bearer]: [] }],
          parameters: [
            ...parameters.map(withType),
            ...(repeatable ? [keyParameter] : []),
            ...(cacheable ? [etagParameter] : [])
          ],
          responses: {
            ...responses,
            ...(cacheable ? { 304: { description: "Not modified" } } : {}),
            ...(isOfRepository(parameters) ? { 308: movedResponse } : {})
          }
        }
      }
    }),
    Context.make(Demands, access)
  )
