/**
 * Watches the roots of repositories that somebody looks at. All who look at one share a watcher, which reads the root
 * as other hubs may have moved it, one conditional read at a time, and ends when the last of them has left.
 */
import { Deferred, Effect, Option, RcMap, type Scope } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"
import type { RefsLost, RootMissing } from "../../repository/rootErrors.ts"
import { shownStateOf } from "./shownStateOf.ts"

/** How soon a move by this hub is seen. It costs no read. */
const ownEvery = "500 millis"
/** How soon a move by another hub is seen. */
const othersEvery = "4 seconds"

/** The latest root of a repository, what it shows, and what is done when there is a later one. */
export interface Latest {
  readonly root: StoredDocument<Root>
  readonly state: string
  readonly replaced: Deferred.Deferred<void>
}

export interface RootWatch {
  readonly latest: () => Latest
  /** Takes a root that was read elsewhere, if it is later than the latest. */
  readonly note: (root: StoredDocument<Root>) => Effect.Effect<void, RefsError, Roots>
}

/** Begins to watch. What cannot be read now is asked for again, so readers stay with the root that they have. */
const watching = Effect.fnUntraced(function* (repository: RepositoryId) {
  const roots = yield* Roots
  const latestOf = (root: StoredDocument<Root>) =>
    Effect.map(shownStateOf(root.value), (state): Latest => ({ root, state, replaced: Deferred.makeUnsafe() }))
  let latest = yield* latestOf(yield* roots.read(repository))
  const isLater = (root: StoredDocument<Root>) => root.value.sequence > latest.root.value.sequence
  const note = Effect.fnUntraced(function* (root: StoredDocument<Root>) {
    if (!isLater(root)) return
    const next = yield* latestOf(root)
    // A later one may have been noted while the state of this one was made.
    if (!isLater(root)) return
    const { replaced } = latest
    latest = next
    yield* Deferred.succeed(replaced, undefined)
  })
  const untroubled = <E>(look: Effect.Effect<void, E, Roots>) =>
    Effect.catch(look, (error) => Effect.logDebug(`the root of ${repository} cannot be watched now`, error))
  const own = untroubled(
    Effect.suspend(() => Option.match(roots.latest(repository), { onNone: () => Effect.void, onSome: note }))
  )
  const others = untroubled(Effect.flatMap(roots.read(repository), note))
  yield* Effect.forkScoped(Effect.forever(Effect.delay(own, ownEvery)))
  yield* Effect.forkScoped(Effect.forever(Effect.delay(others, othersEvery)))
  const watch: RootWatch = { latest: () => latest, note }
  return watch
})

export type WatchError = ObjectCorrupt | RefsLost | RootMissing | StoreUnavailable

export type RootWatches = RcMap.RcMap<RepositoryId, RootWatch, WatchError>

/** Makes the watches of a hub, which end with the scope. */
export const rootWatches: Effect.Effect<RootWatches, never, Roots | Scope.Scope> = RcMap.make({ lookup: watching })
