/** Exports a repository's branches with their whole history as one mpack stream (docs/mpack.md). */
import { Effect, Stream } from "effect"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { allHeads } from "../../invariant/refs/heads.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import type { MpackIncomplete } from "../../wire/mpack/Refused.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { contentOf } from "../fetch/fetchMpack.ts"
import type { FetchError, PlanServices } from "../fetch/planFetch.ts"
import { planMpack } from "../fetch/planMpack.ts"

export interface ExportedHistory {
  /** What the stream promises. Its heads are all branches. */
  readonly header: MpackHeader
  readonly content: Stream.Stream<Uint8Array, MpackIncomplete | ObjectReadError, ObjectStore | Packs>
}

/** Exports the history of all branches. What only tags, releases, proposals or the reflog lead to is left out. */
export const exportHistory = Effect.fn("exportHistory")(function* (
  open: OpenRepository
): Effect.fn.Return<ExportedHistory, FetchError | RefsError, PlanServices> {
  const root = open.root.value
  const heads = new Map(yield* Stream.runCollect(refsIn(root, root.heads)))
  const want = [...(yield* allHeads(root))]
  const plan = yield* admitted("plan", planMpack(open, { want, have: [], haveBlobs: [] }))
  const header: MpackHeader = { ...plan.header, heads }
  const content = Stream.mapError(contentOf(open, { ...plan, header }), (error) =>
    error._tag === "ObjectUnread" ? error.readError : error
  )
  return { header, content }
})
