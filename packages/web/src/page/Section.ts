/** A part of a page that is shown by itself: what was read, or why it could not be. */
import type { Failure } from "@musehub/http/problem/failures"
import type { Problem } from "@musehub/http/problem/Problem"
import { Effect, Result } from "effect"
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"
import { attempted, Refusal } from "./Refusal.ts"

/** Makes a problem of what a part failed with. */
export const attemptedPart = <A, E extends Failure>(part: Result.Result<A, E>) => attempted(Effect.fromResult(part))

/** Shows what `body` makes of a part. */
export const shownPart = <A>(
  part: Result.Result<A, Problem>,
  body: (value: A) => ComponentChildren
): ComponentChildren => (Result.isSuccess(part) ? body(part.success) : h(Refusal, { problem: part.failure }))

/** A section of a page with its title. */
export const Section = ({
  children,
  title
}: {
  readonly title: string
  readonly children?: ComponentChildren
}): VNode => h("section", { class: "panel", "aria-label": title }, h("h2", null, title), children)
