/**
 * The extractor on tree-sitter. Its parser is started on a thread of its own when the first file comes, and ends when
 * none came for a while. Files are parsed one after another: one that takes too much ends with its thread.
 */
import { type ExtractedFile, type Extraction, refusedBy } from "@musehub/domain/port/extractor/Extraction"
import { Extractor, ExtractorUnavailable } from "@musehub/domain/port/extractor/Extractor"
import { expected } from "@musehub/domain/base/expected"
import { Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect, Exit, Layer, Option, RcRef, Semaphore } from "effect"
import { languageOf } from "./languages.ts"
import { filesTogether, messageOf } from "./messagesOf.ts"
import { startThread, type Thread } from "./Thread.ts"

const name = "treesitter"
const bytesMax = 1024 * 1024

/** How long a thread is kept without work: starting it and its grammars takes a fraction of a second. */
const idle = "30 seconds"

/**
 * The time of a message whose parser does not look at its own, as while it recovers from errors. Long, since on a busy
 * machine the second that a file may take of the processor is several.
 */
const timeMax = "15 seconds"

const unavailable = (cause: unknown) => new ExtractorUnavailable({ extractor: name, reason: new Refused({ cause }) })

/** Loads the grammars of languages, once in the life of a thread. */
const loading = Effect.fnUntraced(function* (thread: Thread, files: ReadonlyArray<ExtractedFile>) {
  const languages = [...new Set(files.map(({ language }) => language))].filter((each) => !thread.loaded.has(each))
  if (languages.length === 0) return
  const answer = yield* Effect.mapError(thread.ask({ type: "load", languages }), ({ cause }) => unavailable(cause))
  if (answer.type === "failed") return yield* unavailable(new Error(answer.reason))
  for (const language of languages) thread.loaded.add(language)
})

const make = Effect.gen(function* () {
  const threads = yield* RcRef.make({
    acquire: Effect.mapError(startThread, ({ cause }) => unavailable(cause)),
    idleTimeToLive: idle
  })
  const one = Semaphore.makeUnsafe(1)

  /** Parses files on a thread. Returns none if they took too long, or the thread ended with them. */
  const answered = Effect.fnUntraced(function* (thread: Thread, files: ReadonlyArray<ExtractedFile>) {
    yield* loading(thread, files)
    const answer = yield* thread.ask({ type: "parse", ...messageOf(files) }).pipe(
      Effect.timeoutOption(timeMax),
      Effect.catchTag("ThreadEnded", () => Effect.succeed(Option.none()))
    )
    if (Option.isNone(answer)) return Option.none()
    if (answer.value.type === "parsed") return Option.some(answer.value)
    return yield* unavailable(new Error(answer.value.type === "failed" ? answer.value.reason : "it began anew"))
  })

  /** Parses files that are sent together. Returns what is found in the first of them; undefined if that is unknown. */
  const parsed = Effect.fnUntraced(function* (files: ReadonlyArray<ExtractedFile>) {
    const thread = yield* RcRef.get(threads)
    const answer = yield* Effect.onExit(answered(thread, files), (exit) => {
      const isGood = Exit.isSuccess(exit) && Option.isSome(exit.value) && !exit.value.value.isSpent
      return isGood ? Effect.void : RcRef.invalidate(threads)
    })
    return Option.isSome(answer) ? answer.value.extractions : undefined
  }, Effect.scoped)

  const extract = Effect.fnUntraced(function* (files: ReadonlyArray<ExtractedFile>) {
    const found: Array<Extraction> = []
    /** Where those end that are sent one by one, since one of them took too much. */
    let aloneUntil = 0
    while (found.length < files.length) {
      const left = files.slice(found.length)
      const sent = left.slice(0, found.length < aloneUntil ? 1 : filesTogether(left))
      const extractions = yield* one.withPermit(parsed(sent))
      if (extractions !== undefined) found.push(...extractions)
      else if (sent.length === 1) found.push(refusedBy("too costly"))
      else aloneUntil = found.length + sent.length
    }
    return found
  })

  return Extractor.of({
    name,
    version: 3,
    bytesMax,
    languageOf,
    extract: (files) =>
      Effect.map(extract(files.filter(({ bytes }) => bytes.byteLength <= bytesMax)), (found) => {
        const extractions = found.values()
        return files.map(({ bytes }) =>
          bytes.byteLength > bytesMax
            ? refusedBy("too large")
            : expected(extractions.next().value, "what was found in a file")
        )
      })
  })
})

export const layer: Layer.Layer<Extractor> = Layer.effect(Extractor, make)
