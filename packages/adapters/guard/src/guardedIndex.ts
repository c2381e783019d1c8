/** An index whose calls end in time, also when its database hangs or is not there yet. */
import { Sha256 } from "@musehub/domain/object/Id"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { portsOf, type WholeIndex, wholeIndex } from "@musehub/domain/port/index/wholeIndex"
import { type IndexOperation, interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Effect, Layer } from "effect"
import { type Deadlines, makeBreaker } from "./Breaker.ts"

/** What the store answers as well, so that a silent index is soon given up. */
const answeredByTheStore: ReadonlySet<IndexOperation> = new Set([
  "repositories",
  "repositoryByName",
  "tokenByHash",
  "latestState"
])

/** The hash of no token. */
const nothing = Sha256.make("0".repeat(64))

/** Puts the deadlines in front of the index that `source` gives to each call and that `locate` names. */
export const guardedIndex = Effect.fnUntraced(function* (
  source: Effect.Effect<WholeIndex, IndexUnavailable>,
  locate: () => string,
  deadlines: Deadlines
) {
  const breaker = yield* makeBreaker({
    ...deadlines,
    service: "the index",
    ask: Effect.flatMap(source, (index) => index.tokenByHash(nothing)),
    unavailable: (operation, cause) => new IndexUnavailable({ operation, reason: new Fault({ cause }) })
  })
  const guarded = interposedIndex(source, locate(), (operation, effect) =>
    breaker.run(operation, effect, { isBrief: answeredByTheStore.has(operation) })
  )
  return portsOf({
    ...guarded,
    get location() {
      return locate()
    }
  })
})

/** Puts the deadlines in front of the index. */
export const layer = (deadlines: Deadlines): Layer.Layer<Index, never, Index> =>
  Layer.effectContext(
    Effect.flatMap(wholeIndex, (index) => guardedIndex(Effect.succeed(index), () => index.location, deadlines))
  )
