/** Hubs whose n-th call to their store or their index goes wrong. */
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { type IndexOperation, interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Data, Effect } from "effect"
import { interposed, type Store, type StoreOperation } from "../../support/interposedStore.ts"
import { startHub, type TestHub } from "../support/hubSamples.ts"

type Operation = StoreOperation | IndexOperation

/** What goes wrong with a call. */
export interface Mishap {
  readonly of: "the store" | "the index" | "both"
  /** Whether reads are counted too. */
  readonly reads: boolean
  /** Whether the call is carried out nevertheless. */
  readonly isCarriedOut: boolean
  /** What becomes of the process: it goes on after a failed call, or it stops, and another one is started. */
  readonly process: "goes on" | "starts again" | "starts again with an empty index"
  /** Whether all later calls fail too. */
  readonly lasts: boolean
  /** The least number of such calls that a task makes, so that a test meets them. */
  readonly callsMin: number
}

const failing: Mishap = {
  of: "both",
  reads: true,
  isCarriedOut: false,
  process: "goes on",
  lasts: false,
  callsMin: 10
}
const atWrites: Mishap = { ...failing, reads: false, callsMin: 4 }
const stopping: Mishap = { ...atWrites, process: "starts again" }

/**
 * What goes wrong, by how a test says it of a hub. A process that stops at a read leaves what it had written before,
 * and a read without an answer has failed.
 */
export const mishaps: { readonly [title: string]: Mishap } = {
  "stops before a write": stopping,
  "stops before a write and loses its index": { ...stopping, process: "starts again with an empty index" },
  "loses the answer of a write": { ...atWrites, isCarriedOut: true },
  "meets a failure": failing,
  "is cut off from its store": { ...failing, of: "the store", lasts: true, callsMin: 4 },
  "is cut off from its index": { ...failing, of: "the index", lasts: true, callsMin: 4 }
}

const writes: ReadonlySet<Operation> = new Set<Operation>([
  "put",
  "delete",
  "documents.write",
  "documents.delete",
  "record",
  "forget",
  "keepManifests",
  "relocate",
  "stage",
  "recordProposal"
])

/** The end of a process. It is a defect, so that no code of the hub handles it. */
class Stopped extends Data.TaggedError("Stopped") {}

/** A process that meets a mishap. */
export interface UnluckyHub {
  readonly hub: TestHub
  /** Whether it met the mishap. */
  readonly isMet: () => boolean
  /** Ends what lasts. */
  readonly mend: () => void
}

/** Starts a process over a store and an index that meets a mishap at a call, counted from 1. */
export const unluckyHub = Effect.fnUntraced(function* (
  { index, store }: { readonly store: Store; readonly index: WholeIndex },
  mishap: Mishap,
  nth: number
) {
  let count = 0
  let [isStopped, isMended] = [false, false]
  const meets = (of: Mishap["of"], operation: Operation): boolean => {
    if (isMended || ![of, "both"].includes(mishap.of) || !(mishap.reads || writes.has(operation))) return false
    count += 1
    return count === nth || (mishap.lasts && count > nth)
  }
  const interpose = <A, E, R, F>(
    [of, operation]: readonly [Mishap["of"], Operation],
    call: Effect.Effect<A, E, R>,
    failure: () => F
  ) =>
    Effect.suspend((): Effect.Effect<A, E | F, R> => {
      if (isStopped) return Effect.die(new Stopped())
      if (!meets(of, operation)) return call
      const ending = Effect.suspend(() => {
        isStopped = mishap.process !== "goes on"
        return isStopped ? Effect.die(new Stopped()) : Effect.fail(failure())
      })
      return mishap.isCarriedOut ? Effect.andThen(call, ending) : ending
    })
  const reason = new Fault({ cause: new Error("injected") })
  const hub = yield* startHub({
    store: interposed(store, ({ operation, path }, call) =>
      interpose(["the store", operation], call, () => new StoreUnavailable({ operation, key: path, reason }))
    ),
    index: interposedIndex(Effect.succeed(index), index.location, (operation, call) =>
      interpose(["the index", operation], call, () => new IndexUnavailable({ operation, reason }))
    )
  })
  const unlucky: UnluckyHub = { hub, isMet: () => count >= nth, mend: () => void (isMended = true) }
  return unlucky
})
