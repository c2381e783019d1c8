/** The recorded requests of the real client and their answers, read from `test/vectors/wire`. */
import { readdirSync, readFileSync } from "node:fs"
import type { HeaderList } from "../hub/Http.ts"
import { type Fields, fromJson, fromMsgpack, isFields, recordsOf, bytesOf, textOf, type Value } from "./Value.ts"

const folder = new URL("../../../vectors/wire/", import.meta.url)

interface Message {
  readonly headers: HeaderList
  readonly status?: number
  readonly body_file: string | null
  readonly decoded: { readonly encoding: string }
}

interface ExchangeFile {
  readonly method: string
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  readonly request: Message
  readonly response: Message
}

export interface Exchange {
  /** `26-fetch/02`. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
  /** The last parts of the path: `push/objects`. */
  readonly endpoint: string
  readonly headers: HeaderList
  readonly body: Uint8Array | undefined
  /** The answer of the reference hub. */
  readonly status: number
  readonly answer: Value
}

const valueIn = (scenario: string, { body_file, decoded }: Message): Value => {
  if (body_file === null) return null
  const bytes = new Uint8Array(readFileSync(new URL(`${scenario}/${body_file}`, folder)))
  if (decoded.encoding === "msgpack") return fromMsgpack(bytes)
  return decoded.encoding === "json" ? fromJson(new TextDecoder().decode(bytes)) : bytes
}

const endpointOf = (path: string): string =>
  path
    .split("/")
    .slice(path.startsWith("/bucket/") ? 2 : 3)
    .join("/")

const exchangeIn = (scenario: string, file: string): Exchange => {
  const { method, path, query, request, response } = JSON.parse(
    readFileSync(new URL(`${scenario}/${file}`, folder), "utf8")
  ) as ExchangeFile
  const { headers, body_file } = request
  return {
    name: `${scenario.slice(0, 2)}/${file.slice(0, 2)}`,
    method,
    path,
    query,
    endpoint: method === "PUT" ? "PUT" : endpointOf(path),
    headers,
    body: body_file === null ? undefined : new Uint8Array(readFileSync(new URL(`${scenario}/${body_file}`, folder))),
    status: response.status ?? 0,
    answer: valueIn(scenario, response)
  }
}

const scenarios = readdirSync(folder).filter((name) => /^\d\d-/.test(name))

/** Returns the exchanges of a scenario, given by its number, in order. */
export const exchangesOf = (number: string): ReadonlyArray<Exchange> => {
  const scenario = scenarios.find((name) => name.startsWith(`${number}-`))
  if (scenario === undefined) throw new Error(`no scenario ${number}`)
  return readdirSync(new URL(`${scenario}/`, folder))
    .filter((name) => /^\d\d-.*\.json$/.test(name))
    .toSorted()
    .map((file) => exchangeIn(scenario, file))
}

/** Commits, snapshots and blobs, by id. */
export interface Contents {
  readonly commits: Map<string, Fields>
  readonly snapshots: Map<string, Fields>
  readonly blobs: Map<string, Uint8Array>
}

/** Adds the content of a push, an upload or an answer to fetch; what was there first stays, as in the hub. */
export const collect = (into: Contents, value: Value): void => {
  if (!isFields(value)) return
  const bundle = value.get("bundle")
  if (bundle !== undefined) return collect(into, bundle)
  const keep = <A>(map: Map<string, A>, id: string, found: A) => void (map.has(id) || map.set(id, found))
  for (const record of value.has("commits") ? recordsOf(value, "commits") : []) {
    keep(into.commits, textOf(record, "commit_id"), record)
  }
  for (const record of value.has("snapshots") ? recordsOf(value, "snapshots") : []) {
    keep(into.snapshots, textOf(record, "snapshot_id"), record)
  }
  for (const record of value.has("objects") ? recordsOf(value, "objects") : []) {
    keep(into.blobs, textOf(record, "object_id"), bytesOf(record, "content"))
  }
}
