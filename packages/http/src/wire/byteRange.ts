/**
 * Reads which part of an answer a request asks for (RFC 9110, section 14): one range of bytes, or the whole.
 *
 * Own code: effect keeps its parser to itself, inside its server of static files.
 */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import type { ByteRange } from "@musehub/domain/port/ObjectStore"
import { Effect, Schema } from "effect"
import type { Headers } from "effect/http"

/** No byte of the content is in the range. The Content-Range of the answer tells the size. */
export class RangeUnsatisfiable extends Schema.TaggedError<RangeUnsatisfiable>()("RangeUnsatisfiable", {
  kind: errorKind("outside"),
  range: Schema.String,
  size: Schema.Int
}) {
  override get message() {
    return `none of the ${this.size} bytes that are there is in the range ${this.range.slice(0, 100)}`
  }
}

/** One range, from both ends or from the last byte back. Anything else, several ranges too, is answered whole. */
const single = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i

/** Whether the client has this state of the content, for which alone its range counts. Dates never match. */
const isState = (condition: string | undefined, etag: string): boolean =>
  condition === undefined || condition.trim() === etag

/** Returns the part of `size` bytes that a GET asks for; undefined means all. Fails with `RangeUnsatisfiable`. */
export const requestedRange = (
  headers: Headers.Headers,
  { etag, size }: { readonly etag: string; readonly size: number }
): Effect.Effect<ByteRange | undefined, RangeUnsatisfiable> => {
  const range = headers["range"]
  const [matched, first = "", last = ""] = single.exec(range ?? "") ?? []
  if (range === undefined || matched === undefined || !isState(headers["if-range"], etag)) return whole
  const refused = Effect.fail(new RangeUnsatisfiable({ range, size }))
  if (first === "") {
    if (last === "") return whole
    if (Number(last) === 0) return refused
    // No Content-Range can name the last bytes of nothing.
    return size === 0 ? whole : Effect.succeed({ start: Math.max(0, size - Number(last)), end: size })
  }
  if (last !== "" && Number(last) < Number(first)) return whole
  if (Number(first) >= size) return refused
  return Effect.succeed({ start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) })
}

const whole = Effect.succeed(undefined)
