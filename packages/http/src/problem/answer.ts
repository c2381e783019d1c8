/**
 * The answer of a problem: JSON, whatever the request accepts. The `muse` client prints the first 400 characters of an
 * error as they come, even of one in msgpack, so the sentence comes first and a newline ends the body.
 */
import { encodeAnswer } from "@musehub/domain/wire/json"
import { HttpServerResponse } from "effect/http"
import { type Problem, problemMediaType } from "./Problem.ts"

/** Returns the body of a problem. */
export const problemText = ({ body }: Problem): string => `${encodeAnswer(body)}\n`

/** Returns the answer of a problem. */
export const problemAnswer = (
  problem: Problem,
  contentType: string = problemMediaType
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(problemText(problem), {
    status: problem.status,
    contentType,
    headers: { "cache-control": "no-store", ...problem.headers }
  })
