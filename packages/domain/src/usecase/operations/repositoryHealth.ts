/** Tells how one repository is stored, within a request: from its root, from what verify noted, and from the index. */
import { Effect, Option } from "effect"
import { type NotedFinding, noVerification } from "../../hub/verification/VerificationReport.ts"
import type { VerifiedRepository } from "../../hub/verification/VerifiedRepository.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import type { DerivationIndex } from "../../port/index/derived/DerivationIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { extractorInUse } from "../../reading/symbols/extractorText.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { isOperator } from "../access/Operators.ts"
import { permitted } from "../access/policy.ts"
import { type Part, type Pending, pendingWork } from "./hubHealth.ts"
import { readVerified } from "./verify/Reading.ts"
import { lastVerification } from "./verify/verifyNoted.ts"

export interface RepositoryHealth {
  /** What extracts symbols, with its version; null: they are not extracted. */
  readonly extractor: string | null
  /** What the root names, the first one at the head. */
  readonly packs: Part<ReadonlyArray<PackRef>>
  /** Null: verify never read it. */
  readonly verified: Part<VerifiedRepository | null>
  readonly pending: Part<Pending>
  /** What verify found in it; null for those who may do nothing about it. */
  readonly findings: Part<ReadonlyArray<NotedFinding> | null>
}

/** Says whether the reader looks after the repository, or after the hub. */
const looksAfter = Effect.fnUntraced(function* ({ principal, root }: OpenRepository) {
  return (yield* isOperator(principal)) || (yield* Effect.isSuccess(permitted(root.value, principal, "oversee")))
})

const findingsOf = Effect.fnUntraced(function* (open: OpenRepository) {
  if (!(yield* looksAfter(open))) return null
  const { findings } = Option.getOrElse(yield* lastVerification(), () => noVerification)
  return findings.filter(({ repository }) => repository === open.id)
})

/** Reads how a repository is stored. */
export const repositoryHealth = Effect.fn("repositoryHealth")(function* (
  open: OpenRepository
): Effect.fn.Return<RepositoryHealth, never, DerivationIndex | ObjectStore | Packs> {
  const { namedBy } = yield* Packs
  const extractor = yield* extractorInUse
  const parts = yield* Effect.all(
    {
      packs: Effect.result(namedBy(open.root.value)),
      verified: Effect.result(Effect.map(readVerified(open.id), Option.getOrNull)),
      pending: Effect.result(pendingWork(open.id)),
      findings: Effect.result(findingsOf(open))
    },
    { concurrency: 4 }
  )
  return { extractor, ...parts }
})
