/**
 * Asserts the one shape of every error body: JSON, whatever the request accepts, with the sentence first, since the
 * client prints 400 characters, and a newline at its end.
 */
import { assert } from "@effect/vitest"
import { type Answer, valueIn } from "./Http.ts"
import { type Fields, isFields, textOf } from "../muse/Value.ts"

export const assertProblem = (answer: Answer, status: number, sentence: RegExp, message = ""): Fields => {
  const text = new TextDecoder().decode(answer.body)
  assert.strictEqual(answer.status, status, `${message}: ${text.slice(0, 400)}`)
  assert.match(answer.headers["content-type"] ?? "", /^application\/(problem\+)?json$/, message)
  assert.isTrue(text.startsWith('{"detail":') && text.endsWith("}\n"), `${message}: ${text.slice(0, 400)}`)
  const problem = valueIn(answer)
  assert(isFields(problem), message)
  assert.deepStrictEqual([...problem.keys()].slice(0, 3), ["detail", "status", "type"], message)
  assert.strictEqual(problem.get("status"), status, message)
  assert.match(textOf(problem, "type"), /^urn:musehub:problem:[a-z-]+$/, message)
  assert.match(textOf(problem, "detail"), sentence, message)
  return problem
}
