/**
 * Deletes the bytes of a repository that was deleted longer ago than the grace period. The root is made a tombstone
 * first: from then on nothing brings the repository back, so a stop at any time leaves it to the next run, which
 * deletes the rest. The tombstone stays, so that no index and no rebuild takes the repository for one that is there.
 */
import { Effect, Option, Stream } from "effect"
import { type MoveError, Roots } from "../../../invariant/Roots.ts"
import type { CommitId, RepositoryId, Sha256 } from "../../../object/Id.ts"
import { nowIso } from "../../../object/now.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import type { DocumentKey, ImmutableKey, RecordKind } from "../../../port/StoreKey.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { type Deletion, emptyRoot, type Root } from "../../../repository/Root.ts"
import { catchUp, type CatchUpServices } from "../../recovery/catchUp.ts"
import { forgetDeletion } from "../deletions.ts"
import type { RepositoryEntry } from "./Plan.ts"
import { isDue, pageSize, storedOf } from "./planErasure.ts"
import { abandonedUploads, deleteUploads } from "./strays/uploads.ts"

/** What a tombstone has in place of what the repository had. */
const tombstone = ({ repository }: Root): Partial<Root> => {
  const { aliases, catalog, condemned, grants, heads, offeredTo, packs, proposals, protection, releases, tags } =
    emptyRoot
  const emptied = {
    aliases,
    catalog,
    condemned,
    grants,
    heads,
    offeredTo,
    packs,
    proposals,
    protection,
    releases,
    tags
  }
  return { ...emptied, repository: { ...repository, description: "" } }
}

/** Deletes all that is listed. Returns the count of its bytes, where the listing has sizes. */
const deleteObjects = Effect.fnUntraced(function* (repository: RepositoryId, type: "pack" | "blob") {
  const store = yield* ObjectStore
  const deleted = storedOf(repository, type).pipe(
    Stream.mapEffect(({ id, size }) => Effect.as(store.delete({ repository, type, id } as ImmutableKey), size), {
      concurrency: storeConcurrency,
      unordered: true
    })
  )
  return yield* Stream.runFold(
    deleted,
    () => 0,
    (sum, size) => sum + size
  )
})

const recordKinds = ["catalog", "refs", "tag", "release", "condemned"] as const satisfies ReadonlyArray<RecordKind>

type Collection = "proposal" | "annotation" | "history" | RecordKind

const keyOf = (kind: Collection, repository: RepositoryId, name: string): DocumentKey => {
  switch (kind) {
    case "proposal":
      return { kind, repository, number: Number(name) }
    case "history":
      return { kind, repository, sequence: Number(name) }
    case "annotation":
      return { kind, repository, commit: name as CommitId }
    default:
      return { kind, repository, sha256: name as Sha256 }
  }
}

const deleteDocuments = Effect.fnUntraced(function* (repository: RepositoryId, kind: Collection) {
  const { documents } = yield* ObjectStore
  yield* everyItem(pageSize, (page) => documents.list({ kind, repository }, page)).pipe(
    Stream.mapEffect((name) => documents.delete(keyOf(kind, repository, name)), {
      concurrency: storeConcurrency,
      unordered: true
    }),
    Stream.runDrain
  )
})

/**
 * Deletes the bytes of a repository, if it is deleted as it was when that was planned, and long enough. Returns the
 * count of the bytes of its packs and large blobs; none if it was brought back, or its bytes are gone.
 */
export const erase = Effect.fn("erase")(function* (
  { deletedAt, repository }: RepositoryEntry,
  nowMillis: number,
  graceMillis: number
): Effect.fn.Return<Option.Option<number>, MoveError, CatchUpServices | Roots> {
  const roots = yield* Roots
  const isPlanned = (deletion: Deletion | null): deletion is Deletion =>
    deletion !== null && deletion.at === deletedAt && isDue(deletion, nowMillis, graceMillis)
  const at = yield* nowIso
  const begun = yield* roots.move(repository, (root) => {
    const { deletion } = root
    if (!isPlanned(deletion) || deletion.bytes !== "kept") return Effect.succeed(null)
    const marked = { ...tombstone(root), deletion: { ...deletion, bytes: "going" } } as const
    return Effect.succeed({ root: marked, change: { action: "erase", by: deletion.by, at, moves: [] } } as const)
  })
  if (!isPlanned(begun.value.deletion)) return Option.none<number>()
  // An index that was away when it was deleted.
  yield* Effect.catch(catchUp(begun), (error) => Effect.logWarning("the index is behind the root", error))
  const bytes = (yield* deleteObjects(repository, "pack")) + (yield* deleteObjects(repository, "blob"))
  yield* Stream.runDrain(deleteUploads(abandonedUploads(repository, Infinity)))
  for (const kind of [...recordKinds, "annotation", "proposal"] as const) yield* deleteDocuments(repository, kind)
  yield* deleteDocuments(repository, "history")
  yield* forgetDeletion(repository)
  yield* roots.move(repository, ({ deletion }) =>
    Effect.succeed(
      deletion?.bytes === "going" ? { root: { deletion: { ...deletion, bytes: "gone" } }, change: null } : null
    )
  )
  // The copy of the root before this one.
  yield* deleteDocuments(repository, "history")
  return Option.some(bytes)
})
