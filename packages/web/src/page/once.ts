/** Does what a form asks for once: the same form, sent again, leads to where it led the first time. */
import { sha256 } from "@musehub/domain/object/Digest"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { answerOnce, KeyInUse } from "@musehub/domain/usecase/requests/answerOnce"
import { csrfField } from "@musehub/http/signIn/csrf"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Schedule } from "effect"
import { HttpServerRequest } from "effect/http"

/** The hidden field that says in which state of things a form was made, so that the same words can be said again. */
export const seenField = "seen"

/** How often the second of two forms that were sent at once asks for the outcome of the first. */
const waiting = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 50 }))

/**
 * Runs `work` unless the user sent the same fields to the same address before. Returns what it led to, such as a path.
 * That is stored, so it is no secret.
 */
export const once = Effect.fnUntraced(function* <E, R>(
  { user }: Principal,
  form: Form,
  work: Effect.Effect<string, E, R>
) {
  const { url } = yield* HttpServerRequest.HttpServerRequest
  const fields = [...form].filter(([name]) => name !== csrfField)
  const key = sha256(JSON.stringify(["form", url, fields]))
  const answered = Effect.map(work, (body) => ({ status: 303, body }))
  const { answer } = yield* answerOnce({ user, key, request: key }, answered).pipe(
    Effect.retry({ schedule: waiting, while: (error) => error instanceof KeyInUse })
  )
  return answer.body
})
