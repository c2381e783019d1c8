/** Finds the repositories that were deleted longer ago than the grace period, and what they have. */
import { Effect, Option, Stream } from "effect"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { fullNameText } from "../../../repository/Names.ts"
import type { Deletion } from "../../../repository/Root.ts"
import type { RepositoryEntry } from "./Plan.ts"

/** Items per page of a listing. */
export const pageSize = 1000

/** Streams what a repository has of one immutable type. */
export const storedOf = (repository: RepositoryId, type: "pack" | "blob") =>
  Stream.unwrap(Effect.map(ObjectStore, (store) => everyItem(pageSize, (page) => store.list(repository, type, page))))

/** Returns whether the bytes of a deleted repository may go at a time of the store's clock. What began is finished. */
export const isDue = ({ at, bytes }: Deletion, nowMillis: number, graceMillis: number): boolean =>
  bytes === "going" || (bytes === "kept" && nowMillis - Date.parse(at) >= graceMillis)

/** Finds out whether the bytes of a repository may go, since it was deleted that long ago. */
export const planErasure = Effect.fnUntraced(function* (id: RepositoryId, nowMillis: number, graceMillis: number) {
  const read = (yield* Roots).read(id)
  const root = yield* Effect.catchTag(Effect.asSome(read), "RootMissing", () => Effect.succeedNone)
  if (Option.isNone(root)) return Option.none<RepositoryEntry>()
  const { deletion, repository } = root.value.value
  if (deletion === null || !isDue(deletion, nowMillis, graceMillis)) return Option.none<RepositoryEntry>()
  const heads = Stream.concat(storedOf(id, "pack"), storedOf(id, "blob"))
  const { objects, size } = yield* Stream.runFold(
    heads,
    () => ({ objects: 0, size: 0 }),
    (sum, head) => ({ objects: sum.objects + 1, size: sum.size + head.size })
  )
  const name = fullNameText(repository)
  return Option.some<RepositoryEntry>({
    kind: "repository",
    repository: id,
    name,
    deletedAt: deletion.at,
    objects,
    size
  })
})
