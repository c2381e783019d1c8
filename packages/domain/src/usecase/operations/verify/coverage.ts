/** How much of the store verify has read, and when, from what it noted there. */
import { Effect, Stream } from "effect"
import { ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { readAt } from "./Reading.ts"

/** Repositories per page of the listing. */
const pageSize = 1000

/** What was read without faults. */
export interface Covered {
  readonly repositories: number
  /** When the one of them was read that was read longest ago: ISO 8601, UTC; null where none was. */
  readonly oldest: string | null
}

export interface Coverage {
  /** All repositories of the store. */
  readonly repositories: number
  /** Those of which all but the bytes of blobs was read. */
  readonly objects: Covered
  /** Those of which every byte was read. */
  readonly bytes: Covered
}

const nothing: Covered = { repositories: 0, oldest: null }

const adding = ({ oldest, repositories }: Covered, at: string): Covered =>
  at === ""
    ? { oldest, repositories }
    : { oldest: oldest === null || at < oldest ? at : oldest, repositories: repositories + 1 }

/** Reads what verify noted of each repository: a small read of the store for each. */
export const coverage = Effect.fn("coverage")(function* (): Effect.fn.Return<Coverage, StoreUnavailable, ObjectStore> {
  const store = yield* ObjectStore
  const noted = everyItem(pageSize, store.listRepositories).pipe(
    Stream.mapEffect(
      (repository) => Effect.all({ objects: readAt(repository, "default"), bytes: readAt(repository, "deep") }),
      { concurrency: storeConcurrency, unordered: true }
    )
  )
  return yield* Stream.runFold(
    noted,
    (): Coverage => ({ repositories: 0, objects: nothing, bytes: nothing }),
    (so, { bytes, objects }): Coverage => ({
      repositories: so.repositories + 1,
      objects: adding(so.objects, objects),
      bytes: adding(so.bytes, bytes)
    })
  )
})
