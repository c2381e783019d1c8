/** The repository that a wire request is about: `/{owner}/{slug}/…`, opened for the caller. */
import { openRepository } from "@musehub/domain/usecase/openRepository"
import type { Principal } from "@musehub/domain/usecase/access"
import type { Role } from "@musehub/domain/repository/Root"
import { Effect } from "effect"
import { HttpRouter } from "effect/http"

export const target = Effect.fnUntraced(function* (caller: Principal | null, action: Role) {
  const { owner = "", slug = "" } = yield* HttpRouter.params
  return yield* openRepository(owner, slug, caller, action)
})
