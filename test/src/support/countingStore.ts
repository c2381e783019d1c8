/** Counts calls to the store, for tests of the budgets of requests. */
import { Effect } from "effect"
import type { Interpose, StoreCall, StoreOperation } from "./interposedStore.ts"

export interface CallCount {
  readonly interpose: Interpose
  /** All calls so far, in order of their start. */
  readonly calls: ReadonlyArray<StoreCall>
  /** Returns the calls of an operation, filtered by path. */
  readonly of: (operation: StoreOperation, path?: RegExp) => ReadonlyArray<StoreCall>
  /** The maximum number of concurrent calls. */
  readonly concurrentMax: () => number
  readonly reset: () => void
}

export const callCount = (): CallCount => {
  const calls: Array<StoreCall> = []
  let underWay = 0
  let concurrentMax = 0
  return {
    calls,
    interpose: (call, effect) =>
      Effect.suspend(() => {
        calls.push(call)
        underWay += 1
        concurrentMax = Math.max(concurrentMax, underWay)
        return Effect.ensuring(
          effect,
          Effect.sync(() => {
            underWay -= 1
          })
        )
      }),
    of: (operation, path) =>
      calls.filter((call) => call.operation === operation && (path === undefined || path.test(call.path))),
    concurrentMax: () => concurrentMax,
    reset: () => {
      calls.length = 0
      concurrentMax = underWay
    }
  }
}

/** Match the paths of roots, and of their copies. */
export const rootPath = /^repositories\/[^/]+\/root$/
export const historyPath = /^repositories\/[^/]+\/history\/\d+$/
