/** Makes endpoints of forms: what is done with a form that was sent, and the page that shows a refused one again. */
import type { Forbidden, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import type { Failure } from "@musehub/http/problem/failures"
import { type Problem, problemMediaType } from "@musehub/http/problem/Problem"
import { respondWith } from "@musehub/http/respond"
import type { Form } from "@musehub/http/signIn/Form"
import { received } from "@musehub/http/signIn/visitor"
import { Effect } from "effect"
import { HttpMiddleware, HttpServerRequest, HttpServerResponse } from "effect/http"
import { h } from "../html/h.ts"
import { atItsName, CurrentVisitor, type PageContent, problemPage, rendered, seeOther } from "./page.ts"
import { problemTitle } from "./problem.ts"
import { Unsent } from "./Unsent.ts"

/** What was typed into a form, and why it was refused. */
export interface Draft {
  readonly fields: Form
  /** Null as long as the form was not sent. */
  readonly refused: Problem | null
}

/** The form of a page that was not sent. */
export const untouched: Draft = { fields: new Map(), refused: null }

/** What a form leads to: the path of the hub to go on to, or a page that no other address has. */
export type Outcome = string | PageContent

/** Returns what was typed into one of the forms of a page, if one of its buttons was pressed. */
export const draftOf = (draft: Draft, ...buttons: ReadonlyArray<string>): Draft =>
  buttons.includes(draft.fields.get("do") ?? "none") ? draft : untouched

/** The page of a form that was sent without a session: what was typed, to be sent again or copied. */
const unsent = Effect.fnUntraced(function* (form: Form, problem: Problem) {
  const { url } = yield* HttpServerRequest.HttpServerRequest
  const content = { title: problemTitle(problem), body: h(Unsent, { form, problem, to: url }) }
  return yield* rendered(content, problem.status, { ...problem.headers, "cache-control": "no-store" })
})

/**
 * Makes the endpoint of a form. `act` does what the form asks for, in the name of the caller. If it refuses, or the
 * form is from a page of an earlier session, `again` makes the page of what was typed and of what was wrong, so that
 * nothing typed is lost. Bodies have at most `bytesMax` bytes, 64 KiB by default.
 */
export const submission = <E extends Failure, R, F extends Failure, S>(
  again: (draft: Draft) => Effect.Effect<PageContent, E, R>,
  act: (form: Form) => Effect.Effect<Outcome, F, S>,
  bytesMax?: number
) =>
  respondWith(
    Effect.gen(function* () {
      const sent = yield* received(bytesMax)
      const { form, visitor } = sent
      const acted: Effect.Effect<Outcome, F | Forbidden | Unauthenticated, S> =
        sent._tag === "Sent" ? act(form) : Effect.fail(sent.refusal)
      const answer = Effect.gen(function* () {
        const outcome = yield* respondWith(acted, Effect.succeed, problemMediaType)
        if (typeof outcome === "string") return yield* seeOther(outcome)
        if (HttpServerResponse.isHttpServerResponse(outcome)) return outcome
        if ("title" in outcome) return yield* rendered(outcome, 200, { "cache-control": "no-store" })
        if (outcome.status >= 500) return yield* problemPage(outcome)
        if (visitor._tag === "SignedOut") return yield* unsent(form, outcome)
        const shown = yield* again({ fields: form, refused: outcome })
        return yield* rendered(shown, outcome.status, { ...outcome.headers, "cache-control": "no-store" })
      })
      return yield* Effect.provideService(answer, CurrentVisitor, visitor)
    }).pipe(atItsName),
    problemPage,
    problemMediaType
  ).pipe(HttpMiddleware.compression())
