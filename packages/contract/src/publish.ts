/** Puts a history into the index under test as a push does. */
import type { CommitId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import {
  batchOf,
  createRoot,
  headsOf,
  type History,
  idsOf,
  moveRoot,
  newRoot,
  recordPacks,
  reflect
} from "./IndexSamples.ts"
import { wholeIndex } from "./wholeIndex.ts"

/** Records a history with its packs, and reflects a root with a branch at each commit, or at each of `heads`. */
export const publish = Effect.fnUntraced(function* (
  history: History,
  options: { readonly heads?: ReadonlyArray<CommitId>; readonly root?: Parameters<typeof newRoot>[1] } = {}
) {
  const index = yield* wholeIndex
  yield* index.record(batchOf(history))
  yield* recordPacks(index, history.repository, history.packs, [])
  const heads = options.heads ?? idsOf(history).commits
  const first = yield* createRoot(newRoot(history.repository, options.root))
  yield* reflect(index, first)
  const root = yield* moveRoot(history.repository, {
    heads: headsOf(Object.fromEntries(heads.map((id, place) => [`branch-${String(place).padStart(5, "0")}`, id])))
  })
  yield* reflect(index, root)
  return root
})
