/** Finds who last made something in a repository what it is, in the copies of its roots. */
import { Effect, Option, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refIn } from "../../invariant/refs/refs.ts"
import { rootsBackFrom } from "../../invariant/RootHistory.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Root, RootAction, RootChange } from "../../repository/Root.ts"
import { fieldsOfSettings } from "../../repository/rule/SeenFields.ts"

/** The most roots that are looked at. */
const bounds = { rootsMax: 200, bytesMax: 4 * 1024 * 1024 }

/**
 * Returns the latest change by one of the actions that made another text of what `textOf` reads in a root; undefined if
 * it is older than the last roots.
 */
const latestChange = Effect.fnUntraced(function* <E, R>(
  root: Root,
  actions: ReadonlyArray<RootAction>,
  textOf: (root: Root) => Effect.Effect<string, E, R>
): Effect.fn.Return<RootChange | undefined, E | ObjectCorrupt | StoreUnavailable, R | ObjectStore> {
  const present = yield* textOf(root)
  let successor = root
  const former = yield* rootsBackFrom(root, bounds).pipe(
    Stream.filterEffect((each) =>
      Effect.map(textOf(each), (text) => {
        if (text === present) successor = each
        return text !== present
      })
    ),
    Stream.runHead
  )
  return Option.isNone(former) ? undefined : successor.changes.findLast(({ action }) => actions.includes(action))
})

export type LatestChangeError = ObjectCorrupt | RefsError | StoreUnavailable

/** Returns who last changed one of these settings; undefined if that was too long ago. */
export const latestSettingsChange = (
  root: Root,
  fields: ReadonlyArray<string>
): Effect.Effect<RootChange | undefined, LatestChangeError, ObjectStore> =>
  latestChange(root, ["change-settings", "rename"], ({ repository }) =>
    Effect.succeed(
      JSON.stringify(Object.entries(fieldsOfSettings(repository)).filter(([field]) => fields.includes(field)))
    )
  )

/** Returns who last changed the record of a release; undefined if that was too long ago. */
export const latestReleaseChange = (
  root: Root,
  tag: string
): Effect.Effect<RootChange | undefined, LatestChangeError, ObjectStore | Roots> =>
  latestChange(root, ["publish-release"], (each) =>
    Effect.map(refIn(each, each.releases, tag), (entry) => (entry === undefined ? "" : entry.record))
  )
