/** Runs a write again on the repository as others have left it meanwhile. */
import { Effect } from "effect"
import { type OpenRepository, openRepositoryById } from "./openRepository.ts"
import type { Access } from "./policy.ts"

export interface Attempts<A extends Access, B, E, R> {
  readonly access: A
  readonly run: (open: OpenRepository<A>) => Effect.Effect<B, E, R>
  /** Returns whether a failure came of what others did since the repository was opened. */
  readonly while: (error: { readonly _tag: string }) => boolean
  /** Most times that it runs. */
  readonly attemptsMax: number
}

/**
 * Runs on the repository as it was opened, and after a failure that others caused on the repository opened anew: the
 * policy is asked again, and the index knows the commits that the branches are at now. Fails as the last attempt did.
 */
export const retryReopened = <A extends Access, B, E extends { readonly _tag: string }, R>(
  opened: OpenRepository<A>,
  { access, attemptsMax, run, while: isOvertaken }: Attempts<A, B, E, R>
) => {
  const runReopened = Effect.flatMap(openRepositoryById(opened.id, opened.principal, access), run)
  return Effect.catchIf(run(opened), isOvertaken, () =>
    Effect.retry(runReopened, { while: isOvertaken, times: attemptsMax - 2 })
  )
}
