/**
 * The wire calls of the `muse` client (docs/wire.md, section 4), with its headers. Answers are returned whole, whatever
 * their status; the calls that end in `Ok` fail the test unless it is 2xx.
 */
import { Effect } from "effect"
import { type Answer, type HeaderList, send, valueIn } from "../hub/Http.ts"
import { type Fields, fieldsOf, type Sendable, textsOf, toJson, toMsgpack, type Value } from "./Value.ts"

export const userAgent = "Python-urllib/3.14"
const accepted = "application/x-msgpack, application/json"

export interface Target {
  readonly url: string
  /** `owner/slug`. */
  readonly repository: string
  readonly token?: string | undefined
}

export interface Options {
  readonly accept?: string
  readonly contentType?: string
  /** The client of the wire never compresses. */
  readonly acceptEncoding?: string
  readonly headers?: HeaderList
}

/** The client's headers, in its order. */
const headersOf = (url: string, token: string | undefined, body: Uint8Array | undefined, options: Options) => {
  const headers: Array<readonly [string, string]> = [["Accept-Encoding", options.acceptEncoding ?? "identity"]]
  if (body !== undefined) headers.push(["Content-Length", String(body.byteLength)])
  headers.push(["Host", new URL(url).host], ["User-Agent", userAgent], ["Accept", options.accept ?? accepted])
  if (body !== undefined) headers.push(["Content-Type", options.contentType ?? "application/x-msgpack"])
  if (token !== undefined) headers.push(["Authorization", `Bearer ${token}`])
  headers.push(["Connection", "close"], ...(options.headers ?? []))
  return headers
}

/** Sends a body unchanged. */
export const call = (
  { url, repository, token }: Target,
  method: string,
  path: string,
  body?: Uint8Array,
  options: Options = {}
): Effect.Effect<Answer> => {
  const whole = `${url}/${repository}/${path}`
  return Effect.orDie(send({ method, url: whole, headers: headersOf(whole, token, body, options), body }))
}

/** Posts msgpack. */
export const post = (target: Target, path: string, value: Sendable, options: Options = {}): Effect.Effect<Answer> =>
  call(target, "POST", path, toMsgpack(value), options)

/** Posts JSON and asks for JSON. */
export const postJson = (target: Target, path: string, value: Sendable): Effect.Effect<Answer> =>
  call(target, "POST", path, new TextEncoder().encode(toJson(value)), {
    accept: "application/json",
    contentType: "application/json"
  })

/** Returns the value of an answer that must be a success. */
export const ok = (answer: Effect.Effect<Answer>): Effect.Effect<Value> =>
  Effect.flatMap(answer, (given) =>
    given.status >= 200 && given.status < 300
      ? Effect.sync(() => valueIn(given))
      : Effect.die(new Error(`${given.status}: ${new TextDecoder().decode(given.body.subarray(0, 400))}`))
  )

export interface RefsAnswer {
  readonly id: string
  readonly domain: string
  readonly defaultBranch: string
  readonly heads: ReadonlyMap<string, string>
}

export const headsIn = (value: Value): ReadonlyMap<string, string> =>
  fieldsOf(value, "branch_heads") as ReadonlyMap<string, string>

export const refs = (target: Target): Effect.Effect<RefsAnswer> =>
  Effect.map(ok(call(target, "GET", "refs")), (value) => {
    const answer = value as Fields
    return {
      id: String(answer.get("repo_id")),
      domain: String(answer.get("domain")),
      defaultBranch: String(answer.get("default_branch")),
      heads: headsIn(value)
    }
  })

export const heads = (target: Target): Effect.Effect<ReadonlyMap<string, string>> =>
  Effect.map(refs(target), (answer) => answer.heads)

export const filterObjects = (target: Target, ids: Iterable<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(ok(post(target, "filter-objects", { object_ids: [...ids] })), (value) => textsOf(value, "missing"))

export interface NewRepository {
  readonly visibility?: "public" | "private"
  readonly domain?: string
  readonly initialize?: boolean
}

/** Creates a public repository, without a first commit unless requested. */
export const createRepository = (
  url: string,
  token: string,
  repository: string,
  options: NewRepository = {}
): Effect.Effect<Target> => {
  const [owner = "", name = ""] = repository.split("/", 2)
  const target: Target = { url, repository: "api/v1", token }
  const wanted = { owner, name, visibility: "public", initialize: false, ...options }
  return Effect.as(ok(postJson(target, "repos", wanted)), { url, repository, token })
}
