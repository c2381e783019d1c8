/**
 * Opens the repository of a wire request, `/{owner}/{slug}/…`, for the caller. The `muse` client takes a redirect for
 * an error and shows no `Location`, so the answer to a former name says what to type.
 */
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { type Access, type Principal, RepositoryMoved } from "@musehub/domain/usecase/access/policy"
import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { publicUrl } from "../proxy/Proxies.ts"

export const openTarget = Effect.fnUntraced(function* <A extends Access>(caller: Principal | null, access: A) {
  const { owner = "", slug = "" } = yield* HttpRouter.params
  return yield* Effect.catchTag(openRepository(owner, slug, caller, access), "RepositoryMoved", ({ from, to }) =>
    Effect.flatMap(publicUrl, (base) => Effect.fail(new RepositoryMoved({ from, to, url: `${base}/${to}` })))
  )
})
