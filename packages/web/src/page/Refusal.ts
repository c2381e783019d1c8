/** Says beside a form, or in place of a part of a page, what was refused and why. */
import type { Failure } from "@musehub/http/problem/failures"
import { type Problem, problemOf } from "@musehub/http/problem/Problem"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Prose } from "../html/visible.ts"

const sentenceLengthMax = 2000

/** What a problem says; nothing for none. */
export const Refusal = ({ problem }: { readonly problem: Problem | null }): VNode => {
  if (problem === null) return h(Fragment, null)
  const { detail } = problem.body
  const text = typeof detail === "string" ? detail : "this was refused"
  return h("div", { class: "refusal", role: "alert" }, h(Prose, { text, max: sentenceLengthMax }))
}

/** Reads a part of a page, so that the rest is shown if it fails. A failure of the hub itself is logged. */
export const attempted = <A, E extends Failure, R>(
  part: Effect.Effect<A, E, R>
): Effect.Effect<Result.Result<A, Problem>, never, R> =>
  Effect.matchEffect(part, {
    onSuccess: (value) => Effect.succeed(Result.succeed(value)),
    onFailure: (failure) => {
      const problem = problemOf(failure)
      const told = Effect.succeed(Result.fail(problem))
      return problem.status < 500
        ? told
        : Effect.andThen(Effect.logWarning("a part of a page is missing", failure), told)
    }
  })
