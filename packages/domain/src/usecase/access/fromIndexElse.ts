import { Effect } from "effect"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { OpenRepository } from "./openRepository.ts"

/**
 * Reads from the index, and otherwise while it is unavailable. An index that becomes unavailable during a request
 * counts too, so that a clone in flight is finished.
 */
export const fromIndexElse = <A, E, R, B, E2, R2>(
  { indexed }: Pick<OpenRepository, "indexed">,
  fromIndex: Effect.Effect<A, E | IndexUnavailable, R>,
  otherwise: Effect.Effect<B, E2, R2>
) =>
  indexed
    ? Effect.catchTag(fromIndex as Effect.Effect<A, E | IndexUnavailable, R>, "IndexUnavailable", (error) =>
        Effect.andThen(Effect.logWarning("reading from the store alone", error), otherwise)
      )
    : otherwise
