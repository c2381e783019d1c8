/** The program of the thread: answers each file that it is sent, one after another. */
import { parentPort } from "node:worker_threads"
import type { Answer, Question } from "./Question.ts"
import { startParser } from "./parse.ts"

if (parentPort === null) throw new Error("this is the program of a thread")
const port = parentPort

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const { load, parse } = await startParser()

const answerTo = async ({ bytes, language }: Question): Promise<Answer> => {
  try {
    return { type: "parsed", ...parse(await load(language), bytes) }
  } catch (cause) {
    return { type: "failed", reason: sentenceOf(cause) }
  }
}

port.on("message", (question: Question) => {
  void answerTo(question).then((answer) => port.postMessage(answer))
})
port.postMessage({ type: "ready" } satisfies Answer)
