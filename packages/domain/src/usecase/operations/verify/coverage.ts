/** How much of the store verify has read, and when, and what it found there, from what it noted of each repository. */
import { Clock, Effect, Option, Stream } from "effect"
import { byText } from "../../../base/text/byText.ts"
import { largestMax, type Stock } from "../../../hub/verification/VerificationReport.ts"
import {
  addedAmounts,
  bytesOfAmount,
  nothingStored,
  type StoredAmount
} from "../../../hub/verification/StoredAmount.ts"
import type { VerifiedRepository } from "../../../hub/verification/VerifiedRepository.ts"
import { ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { Best } from "../../../reading/intel/Best.ts"
import { readVerified } from "./Reading.ts"

/** Repositories per page of the listing. */
const pageSize = 1000
/** What was read within as many days counts as read recently. */
export const recentDays = 30

/** What was read without faults. */
export interface Covered {
  readonly repositories: number
  /** Those that were read within `recentDays`. */
  readonly recently: number
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
  /** What those have in the store that were read. */
  readonly stored: Pick<Stock, "amount" | "largest" | "repositories">
}

const nothing: Covered = { repositories: 0, recently: 0, oldest: null }

const adding = ({ oldest, recently, repositories }: Covered, at: string | undefined, since: string): Covered =>
  at === undefined
    ? { oldest, recently, repositories }
    : {
        oldest: oldest === null || at < oldest ? at : oldest,
        recently: recently + (at >= since ? 1 : 0),
        repositories: repositories + 1
      }

type Stored = Stock["largest"][number]

const byBytes = (one: Stored, other: Stored): number =>
  bytesOfAmount(other.amount) - bytesOfAmount(one.amount) || byText(one.name, other.name)

/** Reads what verify noted of each repository: a small read of the store for each. */
export const coverage = Effect.fn("coverage")(function* (): Effect.fn.Return<Coverage, StoreUnavailable, ObjectStore> {
  const store = yield* ObjectStore
  const since = new Date((yield* Clock.currentTimeMillis) - recentDays * 24 * 60 * 60 * 1000).toISOString()
  const largest = new Best<Stored>(largestMax, byBytes)
  let [repositories, known] = [0, 0]
  let [objects, bytes] = [nothing, nothing]
  let amount: StoredAmount = nothingStored
  const add = (verified: VerifiedRepository | undefined) => {
    repositories += 1
    if (verified === undefined) return
    objects = adding(objects, verified.objects?.at, since)
    bytes = adding(bytes, verified.bytes?.at, since)
    if (verified.stored === undefined) return
    known += 1
    amount = addedAmounts(amount, verified.stored.amount)
    largest.offer({ repository: verified.repository, ...verified.stored })
  }
  yield* everyItem(pageSize, store.listRepositories).pipe(
    Stream.mapEffect(readVerified, { concurrency: storeConcurrency, unordered: true }),
    Stream.runForEach((verified) => Effect.sync(() => add(Option.getOrUndefined(verified))))
  )
  return { repositories, objects, bytes, stored: { repositories: known, amount, largest: largest.items() } }
})
