/** Gives handlers the caller of a request, the repository in its path and its body. */
import { type FieldError, fieldErrors, pathText } from "@musehub/domain/base/fieldErrors"
import { inSlices, type Slices } from "@musehub/domain/base/Slices"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import { jsonReader, convertingToJson } from "@musehub/domain/wire/json"
import { type Access, RepositoryMoved } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect, Result, Schema } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { wholeBody } from "../Body.ts"
import { problemAnswer } from "../problem/answer.ts"
import type { Failure } from "../problem/failures.ts"
import { refuseFields } from "../problem/FieldsRefused.ts"
import { problemOf } from "../problem/Problem.ts"
import type { ProblemOf } from "../problem/schemas.ts"
import { knownUrl, type Proxies } from "../proxy/Proxies.ts"
import { repeatedName } from "../repeatedName.ts"
import { respond } from "../respond.ts"
import { visitor } from "../signIn/visitor.ts"
import { strictly } from "./contract/parseOptions.ts"

/** The maximum size of bodies without files, in bytes. */
export const bodyBytesMax = 64 * 1024

/**
 * Redirects to the same part of a repository under its present name. 308 keeps the method and the body, so a client
 * that follows it sends the same request again.
 */
const redirected = Effect.fnUntraced(function* (moved: RepositoryMoved) {
  const { url } = yield* HttpServerRequest.HttpServerRequest
  const [, rest = ""] = /^\/api\/v1\/repos\/[^/?]*\/[^/?]*(.*)$/s.exec(url) ?? []
  return HttpServerResponse.setHeader(
    problemAnswer({ ...problemOf(moved), status: 308 }),
    "location",
    `${(yield* knownUrl) ?? ""}/api/v1/repos/${moved.to}${rest}`
  )
})

/**
 * Makes a handler of the contract from one that fails with domain errors, which become problems. They stay in the type,
 * so a problem that the contract does not declare does not compile.
 */
export const answering =
  <Request, A, E extends Failure, R>(handler: (request: Request) => Effect.Effect<A, E, R>) =>
  (
    request: Request
  ): Effect.Effect<
    A | HttpServerResponse.HttpServerResponse,
    ProblemOf<Exclude<E["_tag"], "RepositoryMoved">>,
    R | HttpServerRequest.HttpServerRequest | Proxies
  > =>
    respond(
      Effect.catch(handler(request), (error) =>
        error instanceof RepositoryMoved ? redirected(error) : Effect.fail(error)
      )
    )

/** Opens the repository of `/repos/{owner}/{slug}/…` for the caller. */
export const opened = Effect.fnUntraced(function* <A extends Access>(
  { owner, slug }: { readonly owner: string; readonly slug: string },
  access: A
) {
  return yield* openRepository(owner, slug, yield* visitor, access)
})

/** The most values of a body: a commit of 10,000 changes has some 40,000. */
const valuesMax = 50_000

/**
 * The size up to which every wrong field of a body is named, in bytes. In a larger body only the first one is, since
 * the number of wrong fields, and the memory that they take, grows with it.
 */
const everyErrorBytesMax = 256 * 1024

const optionsFor = (body: Uint8Array) =>
  ({ ...strictly, errors: body.byteLength > everyErrorBytesMax ? "first" : "all" }) as const

/**
 * Returns the value of the JSON of the body, or of a part of it `at` a name. Fields that are there twice are refused,
 * since readers of JSON do not agree on which of them counts.
 */
const valueOf = Effect.fnUntraced(function* (bytes: Uint8Array, at: ReadonlyArray<string>) {
  const reader = yield* jsonReader(bytes, valuesMax)
  const repeated = repeatedName(bytes)
  if (repeated !== undefined) {
    return yield* refuseFields("body", [{ path: pathText([...at, repeated]), message: "is there twice in one object" }])
  }
  // What the reader could refuse was refused before.
  const read = yield* Effect.orDie(reader.value(Number.POSITIVE_INFINITY))
  return Result.getOrThrow(yield* inSlices(() => convertingToJson(read)))
})

/** Decodes the JSON of the body by a schema of the contract. Unknown fields are refused. */
const decoded = Effect.fnUntraced(function* <A>(bytes: Uint8Array, schema: Schema.Codec<A, unknown>) {
  const value = yield* valueOf(bytes, [])
  return yield* Effect.mapError(Schema.decodeUnknownEffect(schema)(value, optionsFor(bytes)), ({ issue }) =>
    refuseFields("body", fieldErrors(issue, "field"))
  )
})

/** A list in a body that may have thousands of items. */
export interface LongList<Item> {
  readonly name: string
  readonly item: Schema.Codec<Item, unknown>
}

/** The items of a list that are decoded in one slice. */
const sliceItems = 100

const decodingItems = function* <Item>(
  items: ReadonlyArray<JsonValue>,
  { item, name }: LongList<Item>,
  at: ReadonlyArray<string>,
  options: ReturnType<typeof optionsFor>
): Slices<{ readonly items: ReadonlyArray<Item>; readonly wrong: ReadonlyArray<FieldError> }> {
  const decode = Schema.decodeUnknownResult(item, options)
  const decodedItems: Array<Item> = []
  const wrong: Array<FieldError> = []
  for (const [index, value] of items.entries()) {
    const result = decode(value)
    if (Result.isSuccess(result)) decodedItems.push(result.success)
    else wrong.push(...fieldErrors(result.failure.issue, "field", [...at, name, index]))
    if (options.errors === "first" && wrong.length > 0) break
    if ((index + 1) % sliceItems === 0) yield
  }
  return { items: decodedItems, wrong }
}

/** Decodes the JSON of the body, or of a part of it `at` a name, whose `list` the schema leaves as it is, in slices. */
export const decodedWithList = Effect.fnUntraced(function* <A, Item>(
  bytes: Uint8Array,
  schema: Schema.Codec<A, unknown>,
  list: LongList<Item>,
  at: ReadonlyArray<string> = []
) {
  const value = yield* valueOf(bytes, at)
  const options = optionsFor(bytes)
  const whole = Schema.decodeUnknownResult(schema, options)(value)
  const found = typeof value === "object" && value !== null ? (value as JsonObject)[list.name] : undefined
  const { items, wrong } = yield* inSlices(() => decodingItems(Array.isArray(found) ? found : [], list, at, options))
  if (Result.isFailure(whole)) {
    return yield* refuseFields("body", [...fieldErrors(whole.failure.issue, "field", at), ...wrong])
  }
  if (wrong.length > 0) return yield* refuseFields("body", wrong)
  return { value: whole.success, items }
})

/** Reads the body as JSON and decodes it by the schema. Call this after the caller is authorized. */
export const jsonBody = <A>(schema: Schema.Codec<A, unknown>, bytesMax = bodyBytesMax) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const bytes = yield* wholeBody(request, bytesMax)
    return { bytes, value: yield* decoded(bytes, schema) }
  })
