/**
 * `POST /push/objects`, and the same list in a push bundle. Hands on objects one at a time as they arrive, large ones
 * as a stream, so that memory does not grow with the body. Does not check that the bytes match the id.
 */
import { Effect, type Stream } from "effect"
import type { BlobId } from "../object/Id.ts"
import { listHeader, type ReadError, readFields, readId } from "./fields.ts"
import { blobBeforeIdBytesMax, blobBytesMax, pushObjectsMax } from "./Limits.ts"
import type { Binary, Reader } from "@musehub/msgpack/Reader"
import type { MsgpackRefused } from "@musehub/msgpack/Value"
import { refuseField, RequestRefused } from "./RequestRefused.ts"

/** An arriving object. The handler must read a stream (above 1 MiB) before it returns; unread bytes are skipped. */
export interface ArrivingObject<E> {
  readonly objectId: BlobId
  /** Bytes of `content`. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, MsgpackRefused | E>
}

/** Handles an object. The next one is read after it returns. */
export type ObjectHandler<E, E2, R> = (object: ArrivingObject<E>) => Effect.Effect<unknown, E2, R>

const readBlobId = readId<BlobId>()

/** Reads a list of `{object_id, content}` and returns its length. Nil is an empty list. */
export const readObjects = <E, E2, R>(
  reader: Reader<E>,
  field: string,
  handle: ObjectHandler<E, E2, R>
): Effect.Effect<number, ReadError<E> | E2, R> =>
  Effect.gen(function* () {
    const count = yield* listHeader(reader, field, pushObjectsMax)
    for (let index = 0; index < count; index++) yield* readObject(reader, `${field}[${index}]`, handle)
    return count
  })

const readObject = <E, E2, R>(reader: Reader<E>, field: string, handle: ObjectHandler<E, E2, R>) =>
  Effect.gen(function* () {
    let objectId: BlobId | undefined
    let whole: Uint8Array | undefined
    let handled = false
    const readContent = Effect.suspend(() =>
      objectId === undefined ? reader.bin(blobBytesMax, blobBeforeIdBytesMax) : reader.bin(blobBytesMax)
    )
    const onContent = ({ size, content }: Binary<E>): Effect.Effect<unknown, RequestRefused | E2, R> => {
      if (content instanceof Uint8Array) {
        whole = content
        return Effect.void
      }
      if (objectId === undefined) return Effect.fail(contentFirst(`${field}.content`))
      handled = true
      return handle({ objectId, size, content })
    }
    const expectBytes = Effect.flatMap(reader.type, (type) =>
      type === "binary" || (type === "string" && reader.binaryAsBase64)
        ? Effect.void
        : Effect.fail(refuseField(`${field}.content`, reader.binaryAsBase64 ? "must be base64" : "must be binary"))
    )
    yield* readFields(reader, field, {
      object_id: Effect.map(readBlobId(reader, `${field}.object_id`), (id) => {
        objectId = id
      }),
      content: expectBytes.pipe(Effect.andThen(readContent), Effect.flatMap(onContent))
    })
    if (objectId === undefined) return yield* refuseField(`${field}.object_id`, "is missing")
    if (handled) return
    if (whole === undefined) return yield* refuseField(`${field}.content`, "is missing")
    yield* handle({ objectId, size: whole.byteLength, content: whole })
  })

const contentFirst = (field: string) =>
  new RequestRefused({
    field,
    reason: `comes before object_id and is larger than ${blobBeforeIdBytesMax} bytes; send object_id first`,
    kind: "limit"
  })

/** Reads a `push/objects` request to its end and returns the count of its objects. */
export const readPushObjects = <E, E2, R>(
  reader: Reader<E>,
  handle: ObjectHandler<E, E2, R>
): Effect.Effect<number, ReadError<E> | E2, R> =>
  Effect.gen(function* () {
    let count = 0
    yield* readFields(reader, "", {
      objects: Effect.map(readObjects(reader, "objects", handle), (objects) => {
        count = objects
      })
    })
    yield* reader.end
    return count
  })
