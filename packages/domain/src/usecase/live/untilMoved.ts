/** Waits until a repository shows something else than a page of it did. */
import { Deferred, Effect, Option, RcMap, type Scope } from "effect"
import type { ReadDocument } from "../../invariant/Document.ts"
import { watchProposal } from "../../invariant/RepositoryDocuments.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { Proposal } from "../../repository/Proposal.ts"
import { hasName, type Root } from "../../repository/Root.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { movedParts, type ShownPart } from "../../repository/rule/shownState.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { permitted, type Principal } from "../access/policy.ts"
import type { RootWatches, WatchError } from "./RootWatches.ts"
import { shownStateOf } from "./shownStateOf.ts"

/** How often policy and proposal are asked again while no root moves: teams, sessions and comments are in none. */
const askAgainEvery = "10 seconds"

/** Says whether the reader still finds the repository at its address. */
const isStillThere = (root: Root, { root: { value: opened } }: OpenRepository, reader: Principal | null) =>
  permitted(root, reader, "read").pipe(
    Effect.as(hasName(root, opened.repository)),
    Effect.catchIf(
      (error) => error._tag !== "StoreUnavailable",
      () => Effect.succeed(false)
    )
  )

/** What a page shows. */
export interface Seen {
  /** What its root showed; what it shows now if it is absent. */
  readonly state: string | undefined
  /** The proposal on it, if there is one, and the revision of its document. */
  readonly proposal: Pick<Proposal, "number" | "revision"> | undefined
}

/** A part of the repository, or the proposal on the page. */
export type MovedPart = ShownPart | "proposal"

/** Returns what says whether something was said of a proposal since. One that cannot be read now was left as it is. */
const talkSince = (open: OpenRepository, { number, revision }: NonNullable<Seen["proposal"]>) => {
  let known: ReadDocument<Proposal> | undefined
  return Effect.fnUntraced(
    function* (root: Root) {
      if (number > root.proposals.last) return false
      known = Option.getOrUndefined(yield* watchProposal(open.id, number, known))
      return known !== undefined && known.value.revision !== revision
    },
    Effect.catch((error) => Effect.as(Effect.logDebug("a proposal cannot be watched now", error), false))
  )
}

/**
 * Begins to watch a repository until the scope closes. Returns what waits until it shows something else than was
 * `seen`, and returns the parts that changed. The policy is asked before anything is told, and now and then in
 * between, about the reader of that time. One who may not read the repository any more learns only that its settings
 * changed.
 */
export const untilMoved = Effect.fnUntraced(function* <E, R>(
  watches: RootWatches,
  open: OpenRepository,
  seen: Seen,
  reader: Effect.Effect<Principal | null, E, R>
): Effect.fn.Return<
  Effect.Effect<ReadonlyArray<MovedPart>, E | StoreUnavailable, ObjectStore | R>,
  RefsError | WatchError,
  Roots | Scope.Scope
> {
  const watch = yield* RcMap.get(watches, open.id)
  // The page may show a root that is not noted yet, which would look like a move back.
  yield* watch.note(open.root)
  const before = seen.state ?? (yield* shownStateOf(open.root.value))
  const isTalkedOn = seen.proposal === undefined ? undefined : talkSince(open, seen.proposal)
  return Effect.gen(function* () {
    for (;;) {
      const { replaced, root, state } = watch.latest()
      if (!(yield* isStillThere(root.value, open, yield* reader))) return ["settings"]
      const moved = movedParts(before, state)
      if (moved.length > 0) return moved
      if (isTalkedOn !== undefined && (yield* isTalkedOn(root.value))) return ["proposal"]
      yield* Effect.timeoutOption(Deferred.await(replaced), askAgainEvery)
    }
  })
})
