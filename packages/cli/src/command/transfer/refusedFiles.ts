/** Names the files of a snapshot that were left out of the working tree. */
import type { RefusedPath } from "@musehub/client/workingTree/plan"
import { Effect } from "effect"
import { hint, shown } from "../../output.ts"

/** The most files that are named one by one. */
const namedMax = 20

/** Says on stderr which files were left out and why. */
export const warnOfRefused = Effect.fnUntraced(function* (refused: ReadonlyArray<RefusedPath>) {
  for (const { path, reason } of refused.slice(0, namedMax)) {
    yield* hint(`left out ${shown(JSON.stringify(path))}: the path ${reason}; ask its author to rename the file`)
  }
  if (refused.length > namedMax) yield* hint(`left out ${refused.length - namedMax} more files like these`)
})
