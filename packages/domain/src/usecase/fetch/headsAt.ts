import { Stream } from "effect"
import { refsIn } from "../../invariant/refs/refs.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Root } from "../../repository/Root.ts"

/** Branches that an answer to a fetch names. */
const namedMax = 1000

/**
 * Lists branches that are at wanted commits, in ascending order of name. The answer to a fetch names no others: clients
 * have the heads from `/refs`.
 */
export const headsAt = (root: Root, want: ReadonlyArray<CommitId>) => {
  const wanted = new Set(want)
  return refsIn(root, root.heads).pipe(
    Stream.filter(([, head]) => wanted.has(head)),
    Stream.take(namedMax),
    Stream.runCollect
  )
}
