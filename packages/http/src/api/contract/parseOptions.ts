/** How the parts of a request are read: unknown fields are refused, and every wrong field is named. */
import { HttpApi } from "effect/http-api"
import { Context } from "effect"
import type { SchemaAST } from "effect"

export const strictly = { errors: "all", onExcessProperty: "error" } as const satisfies SchemaAST.ParseOptions

/** The options of the parts that are decoded before a handler runs. Handlers decode bodies by the same options. */
export const parseOptions = Context.make(HttpApi.ParamsParseOptions, strictly).pipe(
  Context.add(HttpApi.QueryParseOptions, strictly)
)
