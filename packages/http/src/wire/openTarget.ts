/** Opens the repository of a wire request, `/{owner}/{slug}/…`, for the caller. */
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Access, Principal } from "@musehub/domain/usecase/access/policy"
import { Effect } from "effect"
import { HttpRouter } from "effect/http"

export const openTarget = Effect.fnUntraced(function* <A extends Access>(caller: Principal | null, access: A) {
  const { owner = "", slug = "" } = yield* HttpRouter.params
  return yield* openRepository(owner, slug, caller, access)
})
