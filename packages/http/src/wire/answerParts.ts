/**
 * The pieces of a fetch answer in each encoding: `{commits: […], snapshots: […], objects: [{object_id, content}],
 * branch_heads}`, so that the answer can be written part by part and never be in memory as a whole.
 */
import type { ObjectCorrupt } from "@musehub/domain/object/Refused"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import type { FetchedSnapshot, StreamedBlob, WholeBlob } from "@musehub/domain/usecase/fetch/fetchHistory"
import { encodeAnswer } from "@musehub/domain/wire/json"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { snapshotElement } from "@musehub/domain/wire/snapshotElement"
import { Effect, Stream } from "effect"
import type { Encoding } from "../Encoding.ts"

export interface AnswerParts {
  /** Opens the answer, a map of so many members. */
  readonly open: (members: number) => Uint8Array
  /** Names the next member and opens its list of so many elements. */
  readonly list: (name: string, count: number) => Uint8Array
  /** The element at a position of the open list. */
  readonly element: (value: Encodable, position: number) => Uint8Array
  /** A snapshot as the element at a position, checked. */
  readonly snapshot: (snapshot: FetchedSnapshot, position: number) => Effect.Effect<Uint8Array, ObjectCorrupt>
  /** A blob as the element at a position. */
  readonly wholeBlob: (blob: WholeBlob, position: number) => Uint8Array
  /** A blob as the element at a position, its content as it arrives. */
  readonly streamedBlob: (blob: StreamedBlob, position: number) => StreamedBlob["content"]
  readonly closeList: Uint8Array
  /** The last member, and the end. */
  readonly last: (name: string, value: Encodable) => Uint8Array
}

const nothing = new Uint8Array()

const msgpackParts: AnswerParts = {
  open: mapHeader,
  list: (name, count) => Buffer.concat([str(name), arrayHeader(count)]),
  element: encode,
  // Decoding is most of the work, so it is left to the few snapshots that cannot be written anew from their bytes.
  snapshot: ({ bytes, decoded, id }) => {
    const element = snapshotElement(bytes, id)
    return element === undefined
      ? Effect.map(decoded(), (snapshot) => encode(snapshotRecord(snapshot)))
      : Effect.succeed(element)
  },
  wholeBlob: ({ id, content }) => encode({ object_id: id, content }),
  streamedBlob: ({ id, size, content }) =>
    Stream.concat(
      Stream.succeed(Buffer.concat([mapHeader(2), str("object_id"), str(id), str("content"), binHeader(size)])),
      content
    ),
  closeList: nothing,
  last: (name, value) => Buffer.concat([str(name), encode(value)])
}

const text = (content: string): Uint8Array => Buffer.from(content)
const comma = (position: number): string => (position === 0 ? "" : ",")

/** Base64 of a stream; groups of three bytes may span chunks. */
const base64 = <E, R>(content: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    let rest: Uint8Array = nothing
    const groups = Stream.map(content, (chunk) => {
      const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk])
      const whole = bytes.byteLength - (bytes.byteLength % 3)
      rest = bytes.slice(whole)
      return text(Buffer.from(bytes.subarray(0, whole)).toString("base64"))
    })
    return Stream.concat(
      groups,
      Stream.suspend(() => Stream.succeed(text(Buffer.from(rest).toString("base64"))))
    )
  })

const jsonElement = (value: Encodable, position: number): Uint8Array => text(comma(position) + encodeAnswer(value))

const jsonParts: AnswerParts = {
  open: () => text("{"),
  list: (name) => text(`${JSON.stringify(name)}:[`),
  element: jsonElement,
  snapshot: ({ decoded }, position) =>
    Effect.map(decoded(), (snapshot) => jsonElement(snapshotRecord(snapshot), position)),
  wholeBlob: ({ id, content }, position) => jsonElement({ object_id: id, content }, position),
  streamedBlob: ({ id, content }, position) =>
    Stream.succeed(text(`${comma(position)}{"object_id":${JSON.stringify(id)},"content":"`)).pipe(
      Stream.concat(base64(content)),
      Stream.concat(Stream.succeed(text('"}')))
    ),
  closeList: text("],"),
  last: (name, value) => text(`${JSON.stringify(name)}:${encodeAnswer(value)}}`)
}

export const answerParts: { readonly [E in Encoding]: AnswerParts } = { msgpack: msgpackParts, json: jsonParts }
