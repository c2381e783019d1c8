/** Finds who made the change that overtook a form. */
import type { RootChange } from "@musehub/domain/repository/Root"
import type { Failure } from "@musehub/http/problem/failures"
import { Effect, Result } from "effect"
import { attempted } from "./Refusal.ts"

/** Looks for the change if a field moved. Where it cannot be found, the form is shown all the same. */
export const changeOf = <E extends Failure, R>(
  moved: ReadonlyArray<string>,
  found: Effect.Effect<RootChange | undefined, E, R>
) =>
  moved.length === 0
    ? Effect.succeed(undefined)
    : Effect.map(attempted(found), (result) => (Result.isSuccess(result) ? result.success : undefined))
