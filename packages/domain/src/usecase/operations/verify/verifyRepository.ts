/** Verifies one repository: its root and name, its packs, and the history of its roots. */
import { Effect } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import { checkHistory } from "./checkHistory.ts"
import { checkPacks } from "./checkPacks.ts"
import { checkRoot } from "./checkRoot.ts"
import type { Inspection } from "./Inspection.ts"

/** Verifies a repository. `isClaimed` says whether a name leads to it. */
export const verifyRepository = Effect.fn("verifyRepository")(function* (
  inspection: Inspection,
  repository: RepositoryId,
  isClaimed: boolean
) {
  const checked = yield* checkRoot(inspection, repository, isClaimed)
  if (checked === undefined) return
  const { root } = checked
  yield* checkPacks(inspection, root)
  yield* checkHistory(inspection, root)
})
