/** What a root shows to readers, with the releases that it names in chunks. */
import { Effect, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Root } from "../../repository/Root.ts"
import { shownState } from "../../repository/rule/shownState.ts"

/** Making one takes up to some milliseconds, and each page of a root has it. */
const known = new WeakMap<Root, string>()

/** Returns what a root shows, as one text. */
export const shownStateOf = Effect.fnUntraced(function* (root: Root): Effect.fn.Return<string, RefsError, Roots> {
  const state = known.get(root) ?? shownState(root, yield* Stream.runCollect(refsIn(root, root.releases)))
  known.set(root, state)
  return state
})
