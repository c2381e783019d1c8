/** The parameters of a page's address. Those that a page does not know are ignored, as links collect them. */
import { pageRequest } from "@musehub/http/api/page"
import { Cursors } from "@musehub/http/cursor/Cursors"
import type { Page } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"

/** Returns the first value of a parameter; undefined if it is absent or empty. */
export type Query = (name: string) => string | undefined

export const query: Effect.Effect<Query, never, HttpServerRequest.ParsedSearchParams> = Effect.map(
  HttpServerRequest.ParsedSearchParams,
  (given) => (name) => {
    const value = given[name]
    const first = typeof value === "string" ? value : value?.[0]
    return first === "" ? undefined : first
  }
)

/** The owner and the slug in the address of a page. */
export const named = Effect.map(HttpRouter.params, ({ owner = "", slug = "" }) => ({ owner, slug }))

/** The handle in the address of a page. */
export const handleNamed = Effect.map(HttpRouter.params, ({ handle = "" }) => handle)

/** Returns the page of a list that the address asks for. */
export const listPage = (asked: Query, limit: number) => {
  const cursor = asked("cursor")
  return pageRequest(cursor === undefined ? { limit } : { cursor, limit })
}

/** Returns the cursor of the page that follows; null at the end. */
export const nextCursor = Effect.fnUntraced(function* ({ next }: Pick<Page<unknown>, "next">) {
  const cursors = yield* Cursors
  return Option.isNone(next) ? null : yield* cursors.seal(next.value)
})
