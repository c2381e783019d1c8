/** The program of the thread: answers each file that it is sent, one after another. */
import { type MessagePort, parentPort } from "node:worker_threads"
import type { Answer, Question } from "./Question.ts"
import { startParser } from "./parse.ts"

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const answerTo = async (port: MessagePort): Promise<void> => {
  const { load, parse } = await startParser()

  const answered = async (question: Question): Promise<Answer> => {
    try {
      if (question.type === "parse") return { type: "parsed", ...(await parse(question.language, question.bytes)) }
      await load(question.language)
      return { type: "ready" }
    } catch (cause) {
      return { type: "failed", reason: sentenceOf(cause) }
    }
  }

  port.on("message", (question: Question) => {
    void answered(question).then((answer) => port.postMessage(answer))
  })
  port.postMessage({ type: "ready" } satisfies Answer)
}

if (parentPort !== null) await answerTo(parentPort)
