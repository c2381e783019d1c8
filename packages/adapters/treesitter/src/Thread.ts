/** A thread that parses, so that the event loop goes on, and what takes too much can be ended. */
import { Effect } from "effect"
import { Worker } from "node:worker_threads"
import type { Answer, Question } from "./thread/Question.ts"

/** The memory of the thread's JavaScript; the parser has its own bound. */
const heapMegabytesMax = 96

/** The thread ended, or never began: `cause` says why, if that is known. */
export class ThreadEnded {
  readonly _tag = "ThreadEnded"
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

export interface Thread {
  /** The languages whose grammars it has loaded. */
  readonly loaded: Set<string>
  /**
   * Sends a question, with the content of its files, and waits for the answer. One that is interrupted leaves the
   * thread at work.
   */
  readonly ask: (question: Question) => Effect.Effect<Answer, ThreadEnded>
}

/** Waits for the next message of a worker. */
const nextAnswer = (worker: Worker, begin: () => void): Effect.Effect<Answer, ThreadEnded> =>
  Effect.callback((resume) => {
    const end = (next: Effect.Effect<Answer, ThreadEnded>) => {
      leave()
      resume(next)
    }
    const onMessage = (answer: Answer) => end(Effect.succeed(answer))
    const onError = (cause: unknown) => end(Effect.fail(new ThreadEnded(cause)))
    const onExit = () => end(Effect.fail(new ThreadEnded(new Error("the thread ended by itself"))))
    const leave = () => worker.off("message", onMessage).off("error", onError).off("exit", onExit)
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    begin()
    return Effect.sync(leave)
  })

/** Starts a thread, which ends with the scope. */
export const startThread = Effect.gen(function* () {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const started = new Worker(new URL(import.meta.resolve("@musehub/adapter-treesitter/thread/program")), {
        name: "musehub-treesitter",
        resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax }
      })
      // An `error` of which nobody is told would end the process.
      started.on("error", () => undefined)
      started.unref()
      return started
    }),
    (started) => Effect.promise(() => started.terminate())
  )
  yield* nextAnswer(worker, () => undefined)
  const send = (question: Question) =>
    worker.postMessage(question, question.type === "parse" ? [question.content.buffer] : [])
  const thread: Thread = { loaded: new Set(), ask: (question) => nextAnswer(worker, () => send(question)) }
  return thread
})
