/**
 * Gives a repository another name: claims the name, then moves the root, which is the commit point. The claim of the
 * former name stays and leads to the new one. A crash in between leaves a claim that nobody follows; the same change
 * made again takes it up, and any other repository can take the name (`invariant/NameClaims.ts`).
 */
import { Effect, Random, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { claimName } from "../../invariant/NameClaims.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import type { DocumentConflict } from "../../port/ObjectStore.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { type FullName, fullNameText } from "../../repository/Names.ts"
import { hasName, type Root } from "../../repository/Root.ts"
import type { RepositoryNameTaken } from "../../repository/rootErrors.ts"
import type { OpenError, OpenRepository, OpenServices } from "../access/openRepository.ts"
import { retryReopened } from "../access/retryReopened.ts"
import { moveRoot } from "../write/moveRoot.ts"

/** Another change of names came in between each time. */
export class RenameOvertaken extends Schema.TaggedError<RenameOvertaken>()("RenameOvertaken", {
  kind: errorKind("conflict"),
  name: Schema.String
}) {
  override get message() {
    return `another change of names got in the way of renaming ${this.name}; try again`
  }
}

const attemptsMax = 10
const pauseMillisMax = 200

export type MoveToNameError = RepositoryNameTaken | RenameOvertaken | DocumentConflict | OpenError | MoveError

/** Moves the root to one that has the name of `nameIn`. `decide` returns that root, and may refuse the change. */
export const moveToName = <A extends "participate" | "admin", E extends { readonly _tag: string }>(
  opened: OpenRepository<A>,
  access: A,
  nameIn: (root: Root) => FullName,
  decide: Decision<E>
): Effect.Effect<StoredDocument<Root>, E | MoveToNameError, OpenServices> => {
  const run = Effect.fnUntraced(function* (open: OpenRepository<A>) {
    const present = open.root.value
    const name = nameIn(present)
    if (!hasName(present, name)) {
      // A change that is refused claims no name.
      yield* decide(present)
      yield* claimName(name, open.id, present.nameEpoch, open.principal.user)
    }
    const guarded: Decision<E | RenameOvertaken> = Effect.fnUntraced(function* (root) {
      if (hasName(root, nameIn(root))) return yield* decide(root)
      // At the same epoch the root has the same name as before, and the claim holds.
      if (root.nameEpoch !== present.nameEpoch) {
        return yield* new RenameOvertaken({ name: fullNameText(present.repository) })
      }
      const move = yield* decide(root)
      return move === null ? null : { ...move, root: { ...move.root, nameEpoch: root.nameEpoch + 1 } }
    })
    return yield* moveRoot(open, guarded)
  })
  const pause = Effect.flatMap(Random.nextIntBetween(1, pauseMillisMax), (millis) => Effect.sleep(millis))
  return retryReopened(opened, {
    access,
    attemptsMax,
    while: ({ _tag }) => _tag === "RenameOvertaken",
    run: (open) => Effect.tapErrorTag(run(open), "RenameOvertaken", () => pause)
  })
}
