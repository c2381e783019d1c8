/**
 * Valid requests to mutate: what the real client was recorded to send, the rest of the wire, and each operation of the
 * OpenAPI document, with a body made from its schema. A new endpoint of the REST API is included without a change here.
 */
import { Effect, Stream } from "effect"
import { encode } from "@musehub/msgpack/Encoder"
import { readdirSync, readFileSync } from "node:fs"
import { RepositoryId } from "@musehub/domain/object/Id"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { step } from "../domain/support/hubSamples.ts"
import { mpackOf } from "../e2e/muse/mpackOf.ts"
import type { Seeded } from "../support/seeded.ts"
import type { MutableRequest } from "./Request.ts"

/** What the hub has, to fill requests with. */
export interface Known {
  readonly owner: string
  readonly slug: string
  readonly repositoryId: string
  readonly commit: string
  readonly blob: string
  readonly token: string
}

const wireFolder = new URL("../../vectors/wire/", import.meta.url)
const bodyBytesMax = 20_000

interface Recorded {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
}

const recorded: ReadonlyArray<Recorded> = readdirSync(wireFolder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\d-[A-Z]+-[^/]*\.json$/.test(name))
  .map((name): Recorded => {
    const { method, path } = JSON.parse(readFileSync(new URL(name, wireFolder), "utf8")) as Recorded
    const file = new URL(name.replace(/\.json$/, ".req.bin"), wireFolder)
    return { method, path, body: method === "POST" ? bytesOrNone(file) : new Uint8Array(0) }
  })
  .filter(({ body, method, path }) => method !== "PUT" && !path.startsWith("/api") && body.byteLength <= bodyBytesMax)

function bytesOrNone(file: URL): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file))
  } catch {
    return new Uint8Array(0)
  }
}

const msgpack = "application/x-msgpack"

const headersFor = (known: Known, contentType?: string, accept = `${msgpack}, application/json`) => [
  ["accept", accept] as const,
  ["authorization", `Bearer ${known.token}`] as const,
  ...(contentType === undefined ? [] : [["content-type", contentType] as const])
]

const wireRequest = (
  known: Known,
  method: string,
  rest: ReadonlyArray<string>,
  body: Uint8Array = new Uint8Array(0),
  contentType = msgpack,
  accept?: string
): MutableRequest => ({
  method,
  path: [known.owner, known.slug, ...rest],
  query: [],
  headers: headersFor(known, method === "POST" ? contentType : undefined, accept),
  body
})

/** An mpack push of a small history. */
export const mpackPush = (repositoryId: string): Effect.Effect<Uint8Array> => {
  const first = step("mutated", { one: "one\n", "folder/two": "two\n" })
  const push = { branch: "mutated", force: true, head: first.commit.id }
  const { header, objects } = mpackOf(RepositoryId.make(repositoryId), [first], push)
  return Effect.map(Stream.runCollect(Stream.orDie(writeMpack(header, objects))), (chunks) => Buffer.concat(chunks))
}

/** The requests of the wire, those to one endpoint together. */
export const wireSeeds = (known: Known, push: Uint8Array): ReadonlyArray<ReadonlyArray<MutableRequest>> => {
  const want = { want: [known.commit], have: [] }
  const seeds = [
    ...recorded.map(({ body, method, path }) => wireRequest(known, method, path.split("/").slice(3), body)),
    wireRequest(known, "POST", ["fetch"], encode(want), msgpack, mpackMediaType),
    wireRequest(known, "POST", ["fetch"], Buffer.from(JSON.stringify(want)), "application/json", "application/json"),
    wireRequest(known, "POST", ["large-blobs"], encode({ ...want, bytes_min: 1 })),
    wireRequest(known, "POST", ["push"], push, mpackMediaType),
    wireRequest(known, "GET", ["objects", "blob", known.blob]),
    wireRequest(known, "GET", ["objects", "commit", known.commit]),
    ...["health", "ready", "metrics", "openapi.json", "docs"].map((path): MutableRequest => ({
      ...wireRequest(known, "GET", []),
      path: [path]
    }))
  ]
  return [...Map.groupBy(seeds, ({ method, path }) => `${method} ${path.slice(2, 4).join("/")}`).values()]
}

type Json = { readonly [name: string]: unknown }
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const memberOf = (value: unknown, name: string): unknown => (isJson(value) ? value[name] : undefined)
const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const depthMax = 8

/** Makes requests from an OpenAPI document. */
export const restSeeds = (document: unknown) => {
  const resolved = (schema: unknown): unknown => {
    const reference = memberOf(schema, "$ref")
    if (typeof reference !== "string") return schema
    return reference
      .split("/")
      .slice(1)
      .reduce<unknown>((value, name) => memberOf(value, name.replaceAll("~1", "/").replaceAll("~0", "~")), document)
  }

  /** Makes a value that mostly fits the schema. */
  const valueFor = (given: unknown, name: string, known: Known, random: Seeded, depth = 0): unknown => {
    const schema = resolved(given)
    if (depth > depthMax) return null
    const options = [...listOf(memberOf(schema, "anyOf")), ...listOf(memberOf(schema, "oneOf"))]
    if (options.length > 0) return valueFor(random.pick(options), name, known, random, depth + 1)
    const values = listOf(memberOf(schema, "enum"))
    if (values.length > 0) return random.pick(values)
    switch (memberOf(schema, "type")) {
      case "object": {
        const required = new Set(listOf(memberOf(schema, "required")))
        const properties = memberOf(schema, "properties")
        return Object.fromEntries(
          Object.entries(isJson(properties) ? properties : {})
            .filter(([property]) => required.has(property) || random.chance(0.5))
            .map(([property, inner]) => [property, valueFor(inner, property, known, random, depth + 1)])
        )
      }
      case "array":
        return Array.from({ length: random.below(3) }, () =>
          valueFor(memberOf(schema, "items"), name, known, random, depth + 1)
        )
      case "integer":
      case "number":
        return random.pick([0, 1, 2, 10, 100])
      case "boolean":
        return random.chance(0.5)
      case "null":
        return null
      default:
        return textFor(name, known, random)
    }
  }

  const operations = Object.entries((memberOf(document, "paths") ?? {}) as Json).flatMap(([path, item]) =>
    Object.entries(isJson(item) ? item : {})
      .filter(([method]) => ["get", "post", "put", "patch", "delete"].includes(method))
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
  )

  /** After these a repository is not what it was, so they come less often. */
  const spoils = ({ method, path }: (typeof operations)[number]): boolean =>
    /(transfer|archive|accept)$/.test(path) || (method !== "GET" && path.endsWith("{slug}"))

  const make = (known: Known, random: Seeded): MutableRequest => {
    const picked = random.pick(operations)
    const { method, operation, path } = spoils(picked) && random.chance(0.9) ? random.pick(operations) : picked
    const parameters = listOf(memberOf(operation, "parameters")).map(resolved)
    const query = parameters
      .filter((parameter) => memberOf(parameter, "in") === "query" && random.chance(0.4))
      .map((parameter) => {
        const name = String(memberOf(parameter, "name"))
        const value = valueFor(memberOf(parameter, "schema"), name, known, random)
        return [name, encodeURIComponent(String(value))] as const
      })
    const content = memberOf(resolved(memberOf(operation, "requestBody")), "content")
    const contentType = isJson(content) ? random.pick(Object.keys(content)) : undefined
    const schema = contentType === undefined ? undefined : memberOf(memberOf(content, contentType), "schema")
    const body = schema === undefined ? "" : JSON.stringify(valueFor(schema, "body", known, random))
    return {
      method,
      path: path
        .slice(1)
        .split("/")
        .map((segment) =>
          segment.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textFor(name, known, random)))
        ),
      query,
      headers: headersFor(known, contentType, "application/json"),
      body: Buffer.from(body)
    }
  }
  return { make, count: operations.length }
}

/** Returns a text for a parameter or a field with this name, mostly one that means something to the hub. */
const textFor = (name: string, known: Known, random: Seeded): string => {
  const lower = name.toLowerCase()
  if (random.chance(0.1)) return random.pick(["", "x", "0", "main", "../x", "é", "a".repeat(300)])
  if (lower.includes("owner") || lower === "name" || lower.includes("user")) return known.owner
  if (lower.includes("slug")) return known.slug
  if (lower.includes("repo")) return known.repositoryId
  if (lower.includes("blob")) return known.blob
  if (lower.includes("branch") || lower.includes("revision") || lower === "head" || lower === "base") return "main"
  if (lower.includes("commit") || lower === "id" || lower === "expect") return known.commit
  if (lower.includes("number")) return "1"
  if (lower.includes("path")) return random.pick(["one", "folder/two"])
  if (lower.includes("tag") || lower.includes("version")) return "v1.0.0"
  return random.pick(["main", "one", "v1.0.0", known.commit, "some words"])
}
