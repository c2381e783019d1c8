/**
 * Answers a refused request. A client may read an answer only after it has sent everything, so the rest of the body is
 * drained up to a bound. Where more of it may come, the connection is closed, since that would be read as the next
 * request.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Readable } from "node:stream"
import { CurrentExchange } from "./exchange/Exchange.ts"
import { CurrentConnectionLimits } from "./limits/ConnectionLimits.ts"
import { problemAnswer } from "./problem/answer.ts"
import { type Problem, problemMediaType } from "./problem/Problem.ts"

/** The most bytes that are drained of a body whose sender has a valid token. */
const drainedBytesMax = 1024 * 1024 * 1024
/** The same of a stranger: more than `muse` sends in one call where uploads are presigned (docs/wire.md, section 4). */
const strangerBytesMax = 32 * 1024 * 1024
/** The longest time that draining takes. */
const drainMillisMax = 60_000

type Source = Readable & { readonly headers: { readonly expect?: string | undefined } }

/** Returns whether the client sends its body only after a 100 Continue, which was not sent. */
const isHoldingBack = ({ headers, readableDidRead }: Source): boolean =>
  /^100-continue$/i.test(headers.expect ?? "") && !readableDidRead

/** Drains at most `bytesMax` bytes, as long as they keep coming. Returns whether the body was read to its end. */
const drained = (source: Source, bytesMax: number, idleMillisMax: number) =>
  Effect.callback<boolean>((resume) => {
    if (source.readableEnded) return resume(Effect.succeed(true))
    if (source.destroyed) return resume(Effect.succeed(false))
    let left = bytesMax
    const stop = (isWhole: boolean) => {
      clearTimeout(idle)
      source.off("readable", read).off("end", end).off("close", breakOff).off("error", breakOff)
      resume(Effect.succeed(isWhole))
    }
    const end = () => stop(true)
    const breakOff = () => stop(false)
    const idle = setTimeout(breakOff, idleMillisMax)
    // An earlier reader may still listen to "readable"; the source then does not flow by itself.
    const read = () => {
      idle.refresh()
      for (let chunk: Uint8Array | null = source.read(); chunk !== null; chunk = source.read()) {
        left -= chunk.byteLength
        if (left < 0) return breakOff()
      }
    }
    source.on("readable", read).on("end", end).on("close", breakOff).on("error", breakOff)
    read()
    return Effect.sync(breakOff)
  }).pipe(Effect.timeoutOrElse({ duration: drainMillisMax, orElse: () => Effect.succeed(false) }))

/** Drains the body of the present request. Returns whether it was read to its end. */
const drain = Effect.gen(function* () {
  const source = NodeHttpServerRequest.toIncomingMessage(yield* HttpServerRequest.HttpServerRequest)
  if (isHoldingBack(source)) return false
  const { user } = yield* CurrentExchange
  const { bodyIdleMillisMax } = yield* CurrentConnectionLimits
  return yield* drained(source, user === null ? strangerBytesMax : drainedBytesMax, bodyIdleMillisMax)
})

/** Returns the answer of a problem, after the body was drained. */
export const refuse = Effect.fnUntraced(function* (problem: Problem, mediaType: string = problemMediaType) {
  // What stands still would not come within the time of a drain either.
  const isWhole = problem.status !== 408 && (yield* drain)
  const answer = problemAnswer(problem, mediaType)
  return isWhole ? answer : HttpServerResponse.setHeader(answer, "connection", "close")
})
