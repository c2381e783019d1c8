import { RepositoryId } from "@musehub/domain/object/Id"
import type { DeriverName } from "@musehub/domain/port/index/derived/DerivationIndex"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect } from "effect"
import { Stage } from "../hub/Stage.ts"
import { refs, type Target } from "../muse/MuseClient.ts"

/** Derives from one repository alone: tests beside this one have the same database, and wait for theirs. */
export const deriveOf = Effect.fnUntraced(function* (target: Target, ...derivers: ReadonlyArray<DeriverName>) {
  const { hub } = yield* Stage
  const repositories = [RepositoryId.make((yield* refs(target)).id)]
  for (const deriver of derivers) {
    yield* Effect.provideContext(derivePending({ deriver, repositories }), hub.services)
  }
})
