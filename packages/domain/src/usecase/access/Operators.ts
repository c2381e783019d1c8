/**
 * The users who may see how the hub as a whole is: those whom its configuration names. No role in a repository makes
 * anybody an operator, and to be one gives no role in any.
 */
import { Context, Effect } from "effect"
import type { UserName } from "../../repository/Names.ts"
import { Forbidden, type Principal, Unauthenticated } from "./policy.ts"

/** By default there are none. */
export const Operators = Context.Reference<ReadonlySet<UserName>>("@musehub/domain/usecase/access/Operators", {
  defaultValue: () => new Set()
})

/** Says whether a caller is an operator, with all rights. A token of one repository, or of less than all, is none. */
export const isOperator = (principal: Principal | null): Effect.Effect<boolean> =>
  Effect.map(
    Operators,
    (operators) =>
      principal !== null &&
      principal.scope === "admin" &&
      principal.repository === null &&
      operators.has(principal.user)
  )

/** Refuses a caller who is no operator. */
export const requireOperator = Effect.fnUntraced(function* (
  principal: Principal | null
): Effect.fn.Return<void, Forbidden | Unauthenticated> {
  if (principal === null)
    return yield* new Unauthenticated({ reason: "this is for the operators of the hub: sign in as one" })
  if (yield* isOperator(principal)) return
  return yield* new Forbidden({
    reason:
      `this is for the operators of the hub, and ${principal.user} is not one of them: whoever runs the hub names ` +
      `them in MUSEHUB_OPERATORS, such as MUSEHUB_OPERATORS=${principal.user}`
  })
})
