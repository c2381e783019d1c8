/**
 * Parses the range of a request (RFC 9110, section 14): one range of bytes, or the whole.
 *
 * Effect has a parser, but it is private to its server of static files.
 */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { cut } from "@musehub/domain/base/text/cut"
import type { ByteRange } from "@musehub/domain/port/ObjectStore"
import { Effect, Schema } from "effect"
import type { Headers } from "effect/http"

/** The range contains no byte of the content. The Content-Range of the answer has the size. */
export class RangeUnsatisfiable extends Schema.TaggedError<RangeUnsatisfiable>()("RangeUnsatisfiable", {
  kind: errorKind("outside"),
  range: Schema.String,
  size: Schema.Int
}) {
  override get message() {
    return `none of the ${this.size} bytes is in the range ${cut(this.range, 100)}`
  }
}

/**
 * One range, with both ends or as the last bytes. Anything else, such as several ranges, is answered with the whole.
 */
const single = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i

/** Returns whether the condition names this state of the content; only then does the range apply. Dates never match. */
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
    // A Content-Range cannot express the last bytes of an empty content.
    return size === 0 ? whole : Effect.succeed({ start: Math.max(0, size - Number(last)), end: size })
  }
  if (last !== "" && Number(last) < Number(first)) return whole
  if (Number(first) >= size) return refused
  return Effect.succeed({ start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) })
}

const whole = Effect.succeed(undefined)
