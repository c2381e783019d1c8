/**
 * Mutates a request: its method, path, query, headers, the bytes of its body, or the value that the body holds. Most
 * results are refused; each must be refused well.
 */
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { randomValue } from "@musehub/msgpack/testing"
import type { Seeded } from "../support/seeded.ts"
import { type MutableRequest, valueOf, withValue } from "./Request.ts"

type Mutation = (request: MutableRequest, random: Seeded) => MutableRequest

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY"]

const segments = [
  "",
  ".",
  "..",
  "%2e%2e",
  "%2F",
  "%00",
  "%ff",
  "%e4%bd",
  "%F0%9F%8E%B5",
  "__proto__",
  "api",
  "v1",
  "repos",
  "refs",
  "fetch",
  "objects",
  "main",
  "-1",
  "9999999999999999999",
  "a".repeat(3000)
]

const texts = ["", "0", "-1", "1e9", "9007199254740993", "true", "null", "[]", "%00", "%ff", "é", "x".repeat(5000)]

const queryNames = ["limit", "cursor", "q", "branch", "ref", "since", "page", "dry_run", "__proto__", "%00", "limit"]

const headers: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  [
    "accept",
    ["*/*", "application/json", "application/x-msgpack", "application/vnd.muse.mpack", "text/html;q=x", ",,,"]
  ],
  [
    "content-type",
    [
      "application/json",
      "application/x-msgpack",
      "application/vnd.muse.mpack",
      "multipart/form-data; boundary=x",
      "text/plain",
      "multipart/form-data",
      ";",
      ""
    ]
  ],
  ["content-encoding", ["gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "x", ""]],
  ["authorization", ["", "Bearer", "Bearer ", "Bearer muse_x", "Basic YTpi", "bearer \t", "Bearer é"]],
  ["range", ["bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=0-9007199254740993", "bytes=0-1,3-4", "lines=1-2", "bytes="]],
  ["if-none-match", ["*", '"x"', "W/", ",", '"'.repeat(1000)]],
  ["if-match", ["*", '"x"']],
  ["if-range", ['"x"', "Sun, 22 Nov 2026 15:36:33 GMT"]],
  ["idempotency-key", ["", "k", "k".repeat(300), "\t", "é"]],
  ["x-forwarded-proto", ["https", "javascript", ","]],
  ["x-forwarded-host", ["evil.example", "a b", ""]],
  ["x-forwarded-prefix", ["/hub", "//", "../"]],
  ["x-forwarded-for", ["1.2.3.4", "nonsense", ",,"]],
  ["host", ["evil.example", "", "[::1", "a:b:c", "x".repeat(300)]],
  ["origin", ["https://evil.example", "null", ""]],
  ["access-control-request-method", ["PUT", "x"]],
  ["user-agent", ["Python-urllib/3.14", ""]],
  ["accept-encoding", ["gzip", "zstd", "br;q=0", "*"]],
  ["expect", ["something"]],
  ["traceparent", ["00-0-0-0", "nonsense"]],
  ["x-request-id", ["", "x".repeat(2000)]],
  ["cookie", ["a=b", "=;=;"]]
]

const spliced = <A>(list: ReadonlyArray<A>, at: number, remove: number, ...items: ReadonlyArray<A>) => [
  ...list.slice(0, at),
  ...items,
  ...list.slice(at + remove)
]

const inPath: Mutation = (request, random) => {
  const { path } = request
  const at = random.below(path.length + 1)
  switch (random.below(4)) {
    case 0:
      return { ...request, path: spliced(path, at, 1) }
    case 1:
      return { ...request, path: spliced(path, at, 0, random.pick(segments)) }
    case 2:
      return { ...request, path: spliced(path, at, 1, `${path[at] ?? ""}${random.pick(segments)}`) }
    default:
      return { ...request, path: spliced(path, at, 1, random.pick(segments)) }
  }
}

const inQuery: Mutation = (request, random) => {
  const { query } = request
  const at = random.below(query.length + 1)
  if (random.chance(0.2)) return { ...request, query: spliced(query, at, 1) }
  const name = random.chance(0.5) ? (query[at]?.[0] ?? random.pick(queryNames)) : random.pick(queryNames)
  return { ...request, query: spliced(query, at, random.below(2), [name, random.pick(texts)]) }
}

const inHeaders: Mutation = (request, random) => {
  const [name, values] = random.pick(headers)
  const others = request.headers.filter(([known]) => known !== name)
  return { ...request, headers: random.chance(0.15) ? others : [...others, [name, random.pick(values)]] }
}

const inMethod: Mutation = (request, random) => ({ ...request, method: random.pick(methods) })

/** Lengths that promise too much, reserved bytes, deep nesting, floats, and pieces of JSON. */
const hostile = [
  "ddffffffff",
  "dfffffffff",
  "dbffffffff",
  "c6ffffffff",
  "c1",
  "c7ff00",
  "91".repeat(600),
  "cb7ff8000000000000",
  "a1ff",
  "5b".repeat(600),
  "7b22",
  "22",
  "2c",
  "5c7530303030",
  "efbbbf",
  "00"
]

const inBytes: Mutation = (request, random) => {
  const body = Buffer.from(request.body)
  const at = random.below(body.byteLength + 1)
  const [before, after] = [body.subarray(0, at), body.subarray(at)]
  switch (random.below(5)) {
    case 0:
      return { ...request, body: before }
    case 1:
      if (at < body.byteLength) body[at] = random.below(256)
      return { ...request, body }
    case 2:
      return { ...request, body: Buffer.concat([before, Buffer.from(random.pick(hostile), "hex"), after]) }
    case 3:
      return { ...request, body: Buffer.concat([before, after.subarray(1 + random.below(8))]) }
    default:
      return { ...request, body: Buffer.concat([before, body.subarray(Math.max(0, at - random.below(40)))]) }
  }
}

const keys = ["__proto__", "constructor", "", "toString", "want", "x".repeat(1000), "\0"]

/** Replaces, adds, removes or doubles a part of a value. */
const changed = (value: MsgpackValue, random: Seeded, depth = 0): MsgpackValue => {
  const another = () => randomValue((limit) => random.below(limit), 2)
  if (random.chance(0.15 + depth / 10)) return another()
  if (Array.isArray(value)) {
    const list = value as ReadonlyArray<MsgpackValue>
    const at = random.below(list.length + 1)
    const item = list[at]
    if (item === undefined || random.chance(0.2)) return spliced(list, at, random.below(2), another())
    if (random.chance(0.1)) return Array.from({ length: 300 }, () => item)
    return spliced(list, at, 1, ...(random.chance(0.2) ? [item, item] : [changed(item, random, depth + 1)]))
  }
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, MsgpackValue>)]
    const at = random.below(entries.length + 1)
    const entry = entries[at]
    if (entry === undefined || random.chance(0.2)) return new Map([...entries, [random.pick(keys), another()]])
    if (random.chance(0.3)) return new Map(spliced(entries, at, 1))
    return new Map(spliced(entries, at, 1, [entry[0], changed(entry[1], random, depth + 1)]))
  }
  return another()
}

const inValue: Mutation = (request, random) => {
  const value = valueOf(request)
  return value === undefined ? inBytes(request, random) : withValue(request, changed(value, random))
}

const mutations: ReadonlyArray<Mutation> = [
  inMethod,
  inPath,
  inQuery,
  inHeaders,
  inHeaders,
  inBytes,
  inValue,
  inValue,
  inValue
]

/** Returns the request with one to three mutations. */
export const mutated: Mutation = (request, random) => {
  let changed = request
  for (let left = 1 + random.below(3); left > 0; left--) changed = random.pick(mutations)(changed, random)
  return changed
}
