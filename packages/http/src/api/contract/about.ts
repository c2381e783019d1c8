/**
 * What the contract says of an endpoint beside its shapes: in a sentence what it does, what it asks of its caller, and
 * which headers it heeds. The OpenAPI document shows all of it; `accessOf` hands the demands to programs.
 */
import { Context } from "effect"
import { OpenApi } from "effect/http-api"

/**
 * What an endpoint asks of its caller. `read`, `participate`, `write` and `admin` are meant of the repository in the
 * path (without a token `read` is granted on public ones); `anyone` needs no token and shows what the caller may see;
 * `token` needs a valid one, `token:write` and `token:admin` one of that scope which is not limited to a repository.
 */
export type Demand = "anyone" | "token" | "token:write" | "token:admin" | "read" | "participate" | "write" | "admin"

/** The demand of an endpoint, as an annotation of the contract. */
export class Demands extends Context.Service<Demands, Demand>()("@musehub/http/api/contract/Demands") {}

export interface About {
  /** A line for lists of endpoints. */
  readonly summary: string
  readonly description?: string
  readonly access: Demand
  /** Whether the same `Idempotency-Key` gets the same answer. */
  readonly repeatable?: boolean
  /** Whether `If-None-Match` is heeded. */
  readonly cacheable?: boolean
}

/** The name that the OpenAPI document has for the bearer token. */
export const bearer = "bearer"

const keyParameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Sent again with the same key, the same request gets the first answer and changes nothing twice.",
  schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" }
}

const etagParameter = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "The ETag of an earlier answer: 304 without a body while nothing changed.",
  schema: { type: "string" }
}

/** Parameters that are not text: in a URL they are, and so the generator takes them to be. */
const typed = new Map<string, { readonly [keyword: string]: unknown }>([
  ["limit", { type: "integer", minimum: 1 }],
  ["number", { type: "integer", minimum: 1 }],
  ["drafts", { type: "boolean" }]
])

/** A parameter of the generated document. */
type Parameter = Readonly<Record<string, unknown>> & { readonly name: string }

const withType = (parameter: Parameter) => {
  const schema = typed.get(parameter.name)
  return schema === undefined ? parameter : { ...parameter, schema }
}

/** Annotations of an endpoint. */
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
          responses: cacheable ? { ...responses, 304: { description: "Not modified" } } : responses
        }
      }
    }),
    Context.make(Demands, access)
  )
