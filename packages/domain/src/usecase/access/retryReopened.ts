/** Retries a write on the reopened repository after a concurrent change. */
import { Effect } from "effect"
import { type OpenRepository, openRepositoryById } from "./openRepository.ts"
import type { Access } from "./policy.ts"

export interface Attempts<A extends Access, B, E, R> {
  readonly access: A
  readonly run: (open: OpenRepository<A>) => Effect.Effect<B, E, R>
  /** Returns whether a failure was caused by a concurrent change. */
  readonly while: (error: { readonly _tag: string }) => boolean
  /** The maximum number of runs, the first one included. */
  readonly attemptsMax: number
}

/**
 * Runs on the opened repository. After a failure that a concurrent change caused, reopens the repository and runs
 * again: this checks the policy again and brings the index up to the current heads. Fails with the error of the last
 * attempt.
 */
export const retryReopened = <A extends Access, B, E extends { readonly _tag: string }, R>(
  opened: OpenRepository<A>,
  { access, attemptsMax, run, while: isOvertaken }: Attempts<A, B, E, R>
) => {
  const runReopened = Effect.flatMap(openRepositoryById(opened.id, opened.principal, access, opened.asked), run)
  return Effect.catchIf(run(opened), isOvertaken, () =>
    Effect.retry(runReopened, { while: isOvertaken, times: attemptsMax - 2 })
  )
}
