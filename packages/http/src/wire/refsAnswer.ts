/** Encodes refs, part by part: there may be 100,000 branches. */
import type { Refs, RefsPart } from "@musehub/domain/usecase/fetch/readRefs"
import { encodeAnswer } from "@musehub/domain/wire/json"
import { type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { Effect, Stream } from "effect"
import type { Encoding } from "../Encoding.ts"
import { coalesced } from "./coalesce.ts"

type Members = ReadonlyMap<string, Encodable>

/** How a map is encoded whose members come in parts. */
interface MapParts {
  /** Begins the map with its first members, and its last one, which is a map of so many members. */
  readonly open: (first: Members, last: string, count: number) => Uint8Array
  /** Encodes further members. */
  readonly members: (members: Members) => Uint8Array
  /** Comes between members that were encoded apart. */
  readonly between: Uint8Array
  readonly close: Uint8Array
}

const text = (content: string): Uint8Array => Buffer.from(content)

const msgpackMembers = (members: Members): Uint8Array => encode(members).subarray(mapHeader(members.size).byteLength)

const jsonMembers = (members: Members): string => encodeAnswer(members).slice(1, -1)

const mapParts: { readonly [E in Encoding]: MapParts } = {
  msgpack: {
    open: (first, last, count) =>
      Buffer.concat([mapHeader(first.size + 1), msgpackMembers(first), str(last), mapHeader(count)]),
    members: msgpackMembers,
    between: new Uint8Array(),
    close: new Uint8Array()
  },
  json: {
    open: (first, last) => text(`{${jsonMembers(first)},${JSON.stringify(last)}:{`),
    members: (members) => text(jsonMembers(members)),
    between: text(","),
    close: text("}}")
  }
}

/**
 * The encodings of parts, which are chunks that stay in memory while they are in use. The client asks for all refs
 * before each push, and a push changes one chunk.
 */
const kept: { readonly [E in Encoding]: WeakMap<RefsPart, Uint8Array> } = {
  msgpack: new WeakMap(),
  json: new WeakMap()
}

const encodedPart = (part: RefsPart, encoding: Encoding): Uint8Array => {
  const known = kept[encoding].get(part)
  if (known !== undefined) return known
  const bytes = mapParts[encoding].members(new Map(part))
  kept[encoding].set(part, bytes)
  return bytes
}

/** `{repo_id, domain, default_branch, branch_heads: {branch: commit id}}` */
export const refsAnswer = ({ count, defaultBranch, domain, heads, repository }: Refs, encoding: Encoding) => {
  const { between, close, open } = mapParts[encoding]
  const about: Members = new Map<string, Encodable>([
    ["repo_id", repository],
    ["domain", domain],
    ["default_branch", defaultBranch]
  ])
  const parts = heads.pipe(
    Stream.filter((part) => part.length > 0),
    Stream.zipWithIndex,
    Stream.map(([part, position]) => [...(position === 0 ? [] : [between]), encodedPart(part, encoding)]),
    Stream.flattenIterable,
    // What is in memory needs no waiting.
    Stream.tap(() => Effect.yieldNow)
  )
  return Stream.succeed(open(about, "branch_heads", count)).pipe(
    Stream.concat(parts),
    Stream.concat(Stream.succeed(close)),
    coalesced
  )
}
