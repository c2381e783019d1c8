/** Makes creating calls idempotent: the same request with the same `Idempotency-Key` gets the first answer again. */
import { sha256 } from "@musehub/domain/object/Digest"
import type { Sha256 } from "@musehub/domain/object/Id"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Creator } from "@musehub/domain/usecase/repositories/establish"
import { answerOnce } from "@musehub/domain/usecase/requests/answerOnce"
import { Effect, Schema } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { refuseFields } from "../../problem/FieldsRefused.ts"

/** What a call creates, and the schema of its answer. */
export interface Creating<A, E, R> {
  /** The caller and the right to make the call, which was just checked: a kept answer is for nobody else. */
  readonly by: Creator | OpenRepository<"participate" | "write" | "admin">
  /** The body, or a digest of it if the same content can be sent in several forms. */
  readonly content: Uint8Array | Sha256
  readonly schema: Schema.Codec<A, unknown>
  readonly status: number
  readonly work: Effect.Effect<A, E, R>
}

const visibleAscii = /^[\x21-\x7e]{1,255}$/

const textAnswer = (status: number, body: string, headers: { readonly [name: string]: string } = {}) =>
  HttpServerResponse.text(body, { status, contentType: "application/json", headers })

/** Creates once for each key of a user; without a key, every time. */
export const idempotent = Effect.fnUntraced(function* <A, E, R>({
  by,
  content,
  schema,
  status,
  work
}: Creating<A, E, R>) {
  const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
  const answered = work.pipe(
    // What the hub created conforms to its schema.
    Effect.flatMap((made) => Effect.orDie(Schema.encodeEffect(schema)(made))),
    Effect.map((encoded) => ({ status, body: JSON.stringify(encoded) }))
  )
  const key = headers["idempotency-key"]
  if (key === undefined) return yield* Effect.map(answered, ({ body }) => textAnswer(status, body))
  if (!visibleAscii.test(key)) {
    const message = "must be 1 to 255 visible ASCII characters"
    return yield* refuseFields("header", [{ path: "Idempotency-Key", message }])
  }
  // The name in the URL may belong to another repository by now.
  const about = "root" in by ? by.id : "no repository"
  const request = sha256(`${method}\n${url}\n${about}\n${sha256(content)}`)
  const { answer, replayed } = yield* answerOnce({ user: by.principal.user, key, request }, answered)
  return textAnswer(answer.status, answer.body, replayed ? { "idempotency-replayed": "true" } : {})
})
