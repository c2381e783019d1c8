/**
 * Reads the fields of a request in any order, with errors that name the field. A missing or nil list is empty, unknown
 * fields are skipped, and the reader refuses a repeated field.
 */
import { Effect } from "effect"
import { cut } from "../base/text/cut.ts"
import { isId } from "../object/Id.ts"
import { idBytesMax, requestFieldsMax } from "./Limits.ts"
import type { Reader } from "@musehub/msgpack/Reader"
import { MsgpackRefused, type MsgpackType, type MsgpackValue } from "@musehub/msgpack/Value"
import { refuseField, RequestRefused } from "./RequestRefused.ts"

/** Errors of reading a request: bad encoding, a bad field, or `E` when the request breaks off. */
export type ReadError<E> = MsgpackRefused | RequestRefused | E

const articles: Record<MsgpackType, string> = {
  nil: "nil",
  boolean: "a boolean",
  integer: "an integer",
  float: "a float",
  string: "a string",
  binary: "binary",
  array: "an array",
  map: "a map"
}

/** Checks the type of the field's value without reading it. */
export const expectType = <E>(reader: Reader<E>, field: string, type: MsgpackType): Effect.Effect<void, ReadError<E>> =>
  Effect.flatMap(reader.type, (found) =>
    found === type ? Effect.void : Effect.fail(refuseField(field, `must be ${articles[type]}, not ${articles[found]}`))
  )

/** Reads a map. Each entry of `readers` reads the value of the field of that name. */
export const readFields = <E, E2, R>(
  reader: Reader<E>,
  field: string,
  readers: Readonly<Record<string, Effect.Effect<unknown, E2, R>>>
): Effect.Effect<void, ReadError<E> | E2, R> =>
  Effect.andThen(
    expectType(reader, field, "map"),
    reader.fields(requestFieldsMax, (key): Effect.Effect<unknown, ReadError<E> | E2, R> =>
      Object.hasOwn(readers, key) ? (readers[key] ?? reader.skip) : reader.skip
    )
  )

/** Reads the header of a list and returns its length; nil is an empty list. */
export const listHeader = <E>(
  reader: Reader<E>,
  field: string,
  countMax: number
): Effect.Effect<number, ReadError<E>> =>
  Effect.flatMap(reader.nil, (nil) => {
    if (nil) return Effect.succeed(0)
    return Effect.andThen(
      expectType(reader, field, "array"),
      Effect.mapError(reader.arrayHeader(countMax), (error) =>
        error instanceof MsgpackRefused && error.kind === "limit"
          ? new RequestRefused({ field, reason: `has more than ${countMax} elements`, kind: "limit" })
          : error
      )
    )
  })

export const readString = <E>(
  reader: Reader<E>,
  field: string,
  bytesMax: number
): Effect.Effect<string, ReadError<E>> =>
  Effect.andThen(
    expectType(reader, field, "string"),
    Effect.flatMap(reader.value(bytesMax), (value) =>
      typeof value === "string" ? Effect.succeed(value) : Effect.die(new Error(`${field} changed its type`))
    )
  )

/** Bytes of an integer as read: one type byte and 64 bits. */
const integerBytesMax = 9

/** Reads an integer from 0 to 2^53 - 1; nil reads as undefined. */
export const readCount = <E>(reader: Reader<E>, field: string): Effect.Effect<number | undefined, ReadError<E>> =>
  Effect.flatMap(reader.nil, (nil) => {
    if (nil) return Effect.succeed(undefined)
    return Effect.andThen(
      expectType(reader, field, "integer"),
      Effect.flatMap(reader.value(integerBytesMax), (value) =>
        typeof value === "number" && Number.isSafeInteger(value) && value >= 0
          ? Effect.succeed(value)
          : Effect.fail(refuseField(field, "must be from 0 to 2^53 - 1"))
      )
    )
  })

/** Reads a boolean; nil reads as false. */
export const readBoolean = <E>(reader: Reader<E>, field: string): Effect.Effect<boolean, ReadError<E>> =>
  Effect.flatMap(reader.nil, (nil) =>
    nil
      ? Effect.succeed(false)
      : Effect.andThen(
          expectType(reader, field, "boolean"),
          Effect.map(reader.value(1), (value) => value === true)
        )
  )

/** Strips what an interface writes before an id's digits. */
type Spelling = (text: string) => string
const digits: Spelling = (text) => text

/**
 * Returns a value as an id, if it is one. `Id` is the brand that the caller wants: all ids of the protocol look alike.
 */
const idOf = <Id extends string>(value: MsgpackValue, spelling: Spelling): Id | undefined => {
  const id = typeof value === "string" ? spelling(value) : ""
  return isId(id) ? (id as Id) : undefined
}

const notAnId = (field: string, value: MsgpackValue) =>
  refuseField(
    field,
    typeof value === "string"
      ? `must be 64 lower-case hex digits, not ${JSON.stringify(cut(value, 80))}`
      : "must be a string of 64 lower-case hex digits"
  )

/** Reads an id. */
export const readId =
  <Id extends string>(spelling = digits) =>
  <E>(reader: Reader<E>, field: string): Effect.Effect<Id, ReadError<E>> =>
    Effect.flatMap(reader.value(idBytesMax), (value) => {
      const id = idOf<Id>(value, spelling)
      return id === undefined ? Effect.fail(notAnId(field, value)) : Effect.succeed(id)
    })

/** Reads a list of ids. With `foreign: "drop"`, strings that cannot be ids are left out, as unknown ids would be. */
export const readIds =
  <Id extends string>(foreign: "refuse" | "drop" = "refuse", spelling = digits) =>
  <E>(reader: Reader<E>, field: string, countMax: number): Effect.Effect<ReadonlyArray<Id>, ReadError<E>> =>
    Effect.flatMap(listHeader(reader, field, countMax), (count) => {
      const ids: Array<Id> = []
      let index = 0
      const read = reader.values(count, idBytesMax, (batch) => {
        for (const value of batch) {
          const id = idOf<Id>(value, spelling)
          if (id !== undefined) ids.push(id)
          else if (foreign === "refuse" || typeof value !== "string") {
            return Effect.fail(notAnId(`${field}[${index}]`, value))
          }
          index += 1
        }
        return Effect.void
      })
      return Effect.as(read, ids)
    })
