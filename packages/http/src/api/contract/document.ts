/** The parts of the OpenAPI document that are not generated from endpoints. */
import { OpenApi } from "effect/http-api"
import { bearer } from "./about.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | Members
type Members = { readonly [key: string]: Json }
/** By path, then method. */
type Operations = { readonly [path: string]: { readonly [method: string]: Members } }

/** Allows unknown members in every schema of a part of the document. The generator forbids them. */
const open = (value: Json): Json => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => open(item))
  const members = Object.entries(value).filter(([key, member]) => key !== "additionalProperties" || member !== false)
  return Object.fromEntries(members.map(([key, member]) => [key, open(member)]))
}

const componentPrefix = "#/components/schemas/"

/** Adds the components that a part of the document refers to, and those that they refer to. */
const addReferences = (value: Json, schemas: Members, found: Set<string>): void => {
  if (typeof value === "string" && value.startsWith(componentPrefix)) {
    const name = value.slice(componentPrefix.length)
    if (found.has(name)) return
    found.add(name)
    addReferences(schemas[name] ?? null, schemas, found)
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) addReferences(member, schemas, found)
  }
}

/**
 * Allows unknown members in answers. A later version may add members to them, and strict clients would break on the
 * first one. In requests, unknown members are refused.
 */
const openAnswers = (paths: Operations, schemas: Members): { readonly paths: Json; readonly schemas: Json } => {
  const answered = new Set<string>()
  const opened = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => {
        const { responses = null } = operation
        addReferences(responses, schemas, answered)
        return [method, { ...operation, responses: open(responses) }]
      })
    )
  ])
  return {
    paths: Object.fromEntries(opened) as Json,
    schemas: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, answered.has(name) ? open(schema) : schema])
    )
  }
}

export const documentation = OpenApi.annotations({
  title: "MuseHub",
  version: "1",
  description:
    "The REST API of a hub for muse repositories. Errors are RFC 9457 problems. Names and paths in a URL are " +
    "percent-encoded; their slashes may be plain. Lists come in pages: send `nextCursor` back as `cursor`. Unknown " +
    "fields and query parameters are refused; `errors` names every wrong field. `x-access` is the access that a " +
    "call requires.",
  // Relative to where the document is: beside it, under the same base path.
  servers: [{ url: "." }],
  transform: (document) => {
    const { paths, schemas } = openAnswers(document["paths"], document["components"].schemas)
    return {
      ...document,
      paths,
      components: {
        schemas,
        securitySchemes: { [bearer]: { type: "http", scheme: "bearer", description: "A token of this hub." } }
      }
    }
  }
})
