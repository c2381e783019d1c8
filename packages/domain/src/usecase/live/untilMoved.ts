/** Waits until a repository shows something else than a page of it did. */
import { Deferred, Effect, RcMap, type Scope } from "effect"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import { hasName, type Root } from "../../repository/Root.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { movedParts, type ShownPart } from "../../repository/rule/shownState.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { permitted, type Principal } from "../access/policy.ts"
import type { RootWatches, WatchError } from "./RootWatches.ts"
import { shownStateOf } from "./shownStateOf.ts"

/** How often the policy is asked again while nothing moves: teams and sessions are in no root. */
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

/**
 * Begins to watch a repository until the scope closes. Returns what waits until it shows something else than the state
 * `since`, and returns the parts that changed. The policy is asked before anything is told, and now and then in
 * between, about the reader of that time. One who may not read the repository any more learns only that its settings
 * changed.
 */
export const untilMoved = Effect.fnUntraced(function* <E, R>(
  watches: RootWatches,
  open: OpenRepository,
  since: string | undefined,
  reader: Effect.Effect<Principal | null, E, R>
): Effect.fn.Return<
  Effect.Effect<ReadonlyArray<ShownPart>, E | StoreUnavailable, R>,
  RefsError | WatchError,
  Roots | Scope.Scope
> {
  const watch = yield* RcMap.get(watches, open.id)
  const before = since ?? (yield* shownStateOf(open.root.value))
  return Effect.gen(function* () {
    for (;;) {
      const { replaced, root, state } = watch.latest()
      if (!(yield* isStillThere(root.value, open, yield* reader))) return ["settings"]
      const moved = movedParts(before, state)
      if (moved.length > 0) return moved
      yield* Effect.timeoutOption(Deferred.await(replaced), askAgainEvery)
    }
  })
})
