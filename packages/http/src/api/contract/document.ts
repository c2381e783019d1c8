/** The parts of the OpenAPI document that are not generated from endpoints. */
import { OpenApi } from "effect/http-api"
import { bearer } from "./about.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * Allows unknown members in every schema. A later version may add members to requests and answers, and unknown members
 * of requests are ignored. The generator forbids them, so strict clients would break on the first new member.
 */
const open = (value: Json): Json => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => open(item))
  const members = Object.entries(value).filter(([key, member]) => key !== "additionalProperties" || member !== false)
  return Object.fromEntries(members.map(([key, member]) => [key, open(member)]))
}

export const documentation = OpenApi.annotations({
  title: "MuseHub",
  version: "1",
  description:
    "The REST API of a hub for muse repositories. Errors are RFC 9457 problems. Names and paths in a URL are " +
    "percent-encoded, their slashes too. Lists come in pages: send `nextCursor` back as `cursor`. `x-access` " +
    "is the access that a call requires.",
  servers: [{ url: "/" }],
  transform: (document) => ({
    ...document,
    paths: open(document["paths"]),
    components: {
      schemas: open(document["components"].schemas),
      securitySchemes: { [bearer]: { type: "http", scheme: "bearer", description: "A token of this hub." } }
    }
  })
})
