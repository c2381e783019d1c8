/** A request to mutate, and how a failure shows it. */
import { decode } from "@musehub/msgpack/Reader"
import { encode } from "@musehub/msgpack/Encoder"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { Result } from "effect"

export interface MutableRequest {
  readonly method: string
  /** Segments of the path, percent-encoded. */
  readonly path: ReadonlyArray<string>
  /** Names and values as they are sent. */
  readonly query: ReadonlyArray<readonly [string, string]>
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: Uint8Array
}

export const headerOf = ({ headers }: MutableRequest, name: string): string =>
  headers.find(([known]) => known.toLowerCase() === name)?.[1] ?? ""

export const urlOf = ({ path, query }: MutableRequest): string => {
  const text = query.map(([name, value]) => `${name}=${value}`).join("&")
  return `/${path.join("/")}${text === "" ? "" : `?${text}`}`
}

/** The value of a body, where it has one. */
export const valueOf = (request: MutableRequest): MsgpackValue | undefined => {
  if (headerOf(request, "content-type").includes("json")) {
    try {
      return toMaps(JSON.parse(new TextDecoder().decode(request.body)))
    } catch {
      return undefined
    }
  }
  return Result.getOrElse(decode(request.body), () => undefined)
}

const toMaps = (json: unknown): MsgpackValue => {
  if (Array.isArray(json)) return json.map(toMaps)
  if (typeof json !== "object" || json === null) return json as MsgpackValue
  return new Map(Object.entries(json).map(([name, value]) => [name, toMaps(value)]))
}

const toJson = (value: MsgpackValue): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, toJson(item)]))
  if (Array.isArray(value)) return value.map((item: MsgpackValue) => toJson(item))
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  return typeof value === "bigint" ? Number(value) : value
}

/** Returns the request with another value as its body, in the encoding that it names. */
export const withValue = (request: MutableRequest, value: MsgpackValue): MutableRequest => ({
  ...request,
  body: headerOf(request, "content-type").includes("json") ? Buffer.from(JSON.stringify(toJson(value))) : encode(value)
})

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Returns the request as a command line. */
export const curlOf = (origin: string, request: MutableRequest): string => {
  const headers = request.headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  const sent = `curl -i -X ${quoted(request.method)} ${headers.join(" ")} ${quoted(origin + urlOf(request))}`
  if (request.body.byteLength === 0) return sent
  return `xxd -r -p <<< ${Buffer.from(request.body).toString("hex")} | ${sent} --data-binary @-`
}
