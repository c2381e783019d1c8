/**
 * The extractor on tree-sitter. Its parser is started on a thread of its own when the first file comes, and ends when
 * none came for a while. Files are parsed one after another: one that takes too much ends with its thread.
 */
import { Extractor, ExtractorUnavailable, refusedBy } from "@musehub/domain/port/extractor/Extractor"
import { Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect, Exit, Layer, Option, RcRef, Semaphore } from "effect"
import { languageOf } from "./languages.ts"
import { startThread, type Thread } from "./Thread.ts"

const name = "treesitter"
const bytesMax = 1024 * 1024

/** How long a thread is kept without work: starting it and its grammars takes a fraction of a second. */
const idle = "30 seconds"

/**
 * The time of a file whose parser does not look at its own, as while it recovers from errors. Long, since on a busy
 * machine the second that a file may take of the processor is several.
 */
const timeMax = "15 seconds"

const unavailable = (cause: unknown) => new ExtractorUnavailable({ extractor: name, reason: new Refused({ cause }) })

const make = Effect.gen(function* () {
  const threads = yield* RcRef.make({
    acquire: Effect.mapError(startThread, ({ cause }) => unavailable(cause)),
    idleTimeToLive: idle
  })
  const one = Semaphore.makeUnsafe(1)

  /** Parses a file on a thread. Returns none if it took too long, or the thread ended with it. */
  const answered = Effect.fnUntraced(function* (thread: Thread, language: string, bytes: Uint8Array) {
    const loaded = yield* Effect.mapError(thread.ask({ type: "load", language }), ({ cause }) => unavailable(cause))
    if (loaded.type === "failed") return yield* unavailable(new Error(loaded.reason))
    const answer = yield* thread.ask({ type: "parse", language, bytes }).pipe(
      Effect.timeoutOption(timeMax),
      Effect.catchTag("ThreadEnded", () => Effect.succeed(Option.none()))
    )
    if (Option.isNone(answer) || answer.value.type === "parsed") return answer
    return yield* unavailable(new Error(answer.value.type === "failed" ? answer.value.reason : "it began anew"))
  })

  const parsed = Effect.fnUntraced(function* (language: string, bytes: Uint8Array) {
    const thread = yield* RcRef.get(threads)
    const answer = yield* Effect.onExit(answered(thread, language, bytes), (exit) => {
      const isGood = Exit.isSuccess(exit) && Option.isSome(exit.value)
      const isSpent = !isGood || (exit.value.value.type === "parsed" && exit.value.value.isSpent)
      return isSpent ? RcRef.invalidate(threads) : Effect.void
    })
    return Option.isSome(answer) && answer.value.type === "parsed" ? answer.value.extraction : refusedBy("too costly")
  }, Effect.scoped)

  return Extractor.of({
    name,
    version: 3,
    bytesMax,
    languageOf,
    extract: (language, bytes) =>
      bytes.byteLength > bytesMax ? Effect.succeed(refusedBy("too large")) : one.withPermit(parsed(language, bytes))
  })
})

export const layer: Layer.Layer<Extractor> = Layer.effect(Extractor, make)
