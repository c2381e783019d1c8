/** Merges the packs of a repository until nothing is left to merge. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"

/** The least number of packs for which merging them is worth it, when an operator asks. */
const packsMin = 2

/** Returns the number of packs that were replaced. */
export const mergeAll = Effect.fnUntraced(function* (repository: RepositoryId) {
  let replaced = 0
  for (;;) {
    const { into, merged } = yield* mergePacks(repository, packsMin)
    if (into === undefined) return replaced
    replaced += merged.length
  }
})
