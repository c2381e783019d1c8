/** The program of the thread: answers each message with files that it is sent, one after another. */
import type { Extraction } from "@musehub/domain/port/extractor/Extraction"
import { type MessagePort, parentPort } from "node:worker_threads"
import type { Answer, Question, SentFiles } from "./Question.ts"
import { type FileParser, startParser } from "./parse.ts"

/** The time of the processor, in microseconds, after which no other file of a message is begun. */
const microsMax = 200_000

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const parsed = async ({ parse }: FileParser, { content, languages, sizes }: SentFiles): Promise<Answer> => {
  const extractions: Array<Extraction> = []
  let [isSpent, at, micros] = [false, 0, 0]
  for (const [place, language] of languages.entries()) {
    const end = at + (sizes[place] ?? 0)
    const file = await parse(language, content.subarray(at, end))
    extractions.push(file.extraction)
    at = end
    isSpent = file.isSpent
    micros += file.micros
    if (isSpent || micros > microsMax) break
  }
  return { type: "parsed", extractions, isSpent }
}

const answerTo = async (port: MessagePort): Promise<void> => {
  const parser = await startParser()

  const answered = async (question: Question): Promise<Answer> => {
    try {
      if (question.type === "parse") return await parsed(parser, question)
      for (const language of question.languages) await parser.load(language)
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
