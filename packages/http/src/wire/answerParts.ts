/**
 * Encodes a fetched history piece by piece, in each encoding, so that the answer is never in memory as a whole:
 * `{commits: […], snapshots: […], objects: [{object_id, content}], branch_heads}`.
 */
import { inSlices, joining } from "@musehub/domain/base/Slices"
import { unframe } from "@musehub/domain/object/Frame"
import { recordingSnapshot } from "@musehub/domain/object/Snapshot"
import type { ObjectUnread } from "@musehub/domain/usecase/access/ObjectUnread"
import type { FetchedSnapshot, StreamedBlob, WholeBlob } from "@musehub/domain/usecase/fetch/fetchHistory"
import { encodeAnswer } from "@musehub/domain/wire/json"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { convertingSnapshot } from "@musehub/domain/wire/snapshotElement"
import { Effect, Result, Stream } from "effect"
import { encodedLong, type Encoding } from "../Encoding.ts"

export interface AnswerParts {
  /** Opens the answer, a map of `members` members. */
  readonly open: (members: number) => Uint8Array
  /** Names the next member and opens its list of `count` elements. */
  readonly list: (name: string, count: number) => Uint8Array
  /** Encodes the element at a position of the open list. */
  readonly element: (value: Encodable, position: number) => Uint8Array
  /** Encodes an element in slices. */
  readonly longElement: (value: Encodable, position: number) => Effect.Effect<Uint8Array>
  /** Checks a snapshot and encodes it as the element at a position. */
  readonly snapshot: (snapshot: FetchedSnapshot, position: number) => Effect.Effect<Uint8Array, ObjectUnread>
  /** Encodes a blob as the element at a position. */
  readonly wholeBlob: (blob: WholeBlob, position: number) => Uint8Array
  /** Encodes a blob as the element at a position, its content as it arrives. */
  readonly streamedBlob: (blob: StreamedBlob, position: number) => StreamedBlob["content"]
  readonly closeList: Uint8Array
  /** Encodes the last member and the end. */
  readonly last: (name: string, value: Encodable) => Uint8Array
}

const nothing = new Uint8Array()

const joined = (pieces: ReadonlyArray<Uint8Array>): Effect.Effect<Uint8Array> => inSlices(() => joining(pieces))

const msgpackParts: AnswerParts = {
  open: mapHeader,
  list: (name, count) => Buffer.concat([str(name), arrayHeader(count)]),
  element: encode,
  longElement: (value) => Effect.flatMap(encodedLong("msgpack", value), joined),
  // Decoding would be most of the work, so only what `snapshotElement` skips is decoded.
  snapshot: ({ bytes, decoded, id }) =>
    Effect.flatMap(
      inSlices(() => convertingSnapshot(bytes, id)),
      (element) =>
        element === undefined
          ? decoded().pipe(
              Effect.flatMap((snapshot) => inSlices(() => recordingSnapshot(snapshot))),
              Effect.flatMap((record) => encodedLong("msgpack", { ...record })),
              Effect.flatMap(joined)
            )
          : Effect.succeed(element)
    ),
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

/** Encodes a stream as base64; groups of three bytes may span chunks. */
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

/** How the stored JSON of a snapshot without a time begins. */
const noTime = '{"created_at":null,'

const jsonElement = (value: Encodable, position: number): Uint8Array => text(comma(position) + encodeAnswer(value))

const jsonParts: AnswerParts = {
  open: () => text("{"),
  list: (name) => text(`${JSON.stringify(name)}:[`),
  element: jsonElement,
  longElement: (value, position) =>
    Effect.flatMap(encodedLong("json", value), (pieces) => joined([text(comma(position)), ...pieces])),
  // The stored bytes are the JSON of the record, but for a time that the client did not send.
  snapshot: ({ bytes, decoded }, position) =>
    Effect.flatMap(decoded(), ({ createdAt }) => {
      const payload = Result.getOrThrow(unframe("snapshot", bytes))
      return createdAt === null
        ? joined([text(`${comma(position)}{`), payload.subarray(noTime.length)])
        : joined([text(comma(position)), payload])
    }),
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
