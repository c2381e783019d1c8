/**
 * Parses texts that others wrote, in a thread: the parsers do not pause, and some texts take them minutes. One that
 * takes too long is ended with its thread, and shown as plain text from then on.
 */
import { SharedReads } from "@musehub/domain/base/sharing/SharedReads"
import { Context, Data, Effect, Option, Semaphore } from "effect"
import { Worker } from "node:worker_threads"
import { type Answer, type Question, ready } from "./thread/Question.ts"

/** The longest text that is parsed, in UTF-16 units. */
export const parsedLengthMax = 64 * 1024

const heapMegabytesMax = 128
/** How long a text may take, and how long it waits for others beside that. */
const parsingMillisMax = 2000
const waitingMillisMax = 4000
/** How long the thread may take to begin. */
const beginningMillisMax = 10_000
/** Characters of the texts whose trees are kept. */
const keptLengthMax = 4 * 1024 * 1024

/** Waits for a message. An error or an end of the thread is no answer. */
const nextMessage = (worker: Worker, begin: () => void) =>
  Effect.callback<Option.Option<unknown>>((resume) => {
    const end = (message: Option.Option<unknown>) => {
      leave()
      resume(Effect.succeed(message))
    }
    const onMessage = (message: unknown) => end(Option.some(message))
    const onEnd = () => end(Option.none())
    const leave = () => worker.off("message", onMessage).off("error", onEnd).off("exit", onEnd)
    worker.on("message", onMessage).on("error", onEnd).on("exit", onEnd)
    begin()
    return Effect.sync(leave)
  })

/** The thread did not begin, as on a machine with much else to do. */
class ThreadMissing extends Data.TaggedError("ThreadMissing") {}

class Parser {
  readonly #turn = Semaphore.makeUnsafe(1)
  readonly #kept = new SharedReads<string, { readonly answer: Answer; readonly length: number }>(
    keptLengthMax,
    ({ length }) => length + 1000
  )
  #worker: Worker | undefined

  /** Returns the tree of a text that `key` identifies; null where it cannot be made in time. */
  parse(key: string, question: Question): Effect.Effect<Answer> {
    const { length } = question.source
    if (length > parsedLengthMax) return Effect.succeed(null)
    const read = Effect.map(this.#turn.withPermits(1)(this.#ask(question)), (answer) => ({ answer, length }))
    // The start of the thread is no part of the time of a text.
    const started = Effect.suspend(() =>
      this.#worker === undefined ? this.#turn.withPermits(1)(this.#thread()) : Effect.void
    )
    return Effect.andThen(started, this.#kept.getOrRead(key, read).pipe(Effect.timeoutOption(waitingMillisMax))).pipe(
      Effect.map((found) => Option.getOrNull(found)?.answer ?? null),
      Effect.catchTag("ThreadMissing", (error) =>
        Effect.as(Effect.logWarning("texts are shown plainly: their parser did not begin", error), null)
      )
    )
  }

  #ask(question: Question): Effect.Effect<Answer, ThreadMissing> {
    return Effect.gen({ self: this }, function* () {
      const worker = yield* this.#thread()
      const message = yield* nextMessage(worker, () => worker.postMessage(question)).pipe(
        Effect.onInterrupt(() => this.#end(worker)),
        Effect.timeoutOption(parsingMillisMax),
        Effect.map(Option.flatten)
      )
      if (Option.isNone(message)) yield* this.#end(worker)
      return Option.getOrNull(message) as Answer
    })
  }

  #thread(): Effect.Effect<Worker, ThreadMissing> {
    return Effect.suspend(() =>
      this.#worker === undefined ? Effect.uninterruptible(this.#begun()) : Effect.succeed(this.#worker)
    )
  }

  #begun(): Effect.Effect<Worker, ThreadMissing> {
    return Effect.gen({ self: this }, function* () {
      const worker = new Worker(new URL(import.meta.resolve("@musehub/web/content/thread/program")), {
        name: "musehub-web",
        resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax }
      })
      // An `error` of which nobody is told would end the process.
      worker.on("error", () => undefined)
      worker.unref()
      const first = yield* Effect.timeoutOption(
        nextMessage(worker, () => undefined),
        beginningMillisMax
      )
      if (!Option.exists(Option.flatten(first), (message) => message === ready)) {
        return yield* Effect.andThen(this.#end(worker), Effect.fail(new ThreadMissing()))
      }
      this.#worker = worker
      return worker
    })
  }

  #end(worker: Worker): Effect.Effect<void> {
    return Effect.promise(async () => {
      if (this.#worker === worker) this.#worker = undefined
      await worker.terminate()
    })
  }
}

const CurrentParser = Context.Reference<Parser>("@musehub/web/content/CurrentParser", {
  defaultValue: () => new Parser()
})

/** Parses a text that `key` identifies, such as the id of its blob. */
export const parsed = (key: string, question: Question): Effect.Effect<Answer> =>
  Effect.flatMap(CurrentParser, (parser) => parser.parse(`${question.kind} ${key}`, question))
