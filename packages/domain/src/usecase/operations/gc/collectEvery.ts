/**
 * Collects garbage again and again: makes a plan, and applies it. Of the hubs on a store that do so one collects each
 * time: the one that first notes in the store that it begins. What the commands refuse is refused, and logged.
 */
import { Clock, Duration, Effect, Option } from "effect"
import { collectionCodec } from "../../../hub/codecs.ts"
import { readDocument, send } from "../../../invariant/Document.ts"
import { nowIso } from "../../../object/now.ts"
import { RandomId } from "../../../port/RandomId.ts"
import type { DocumentKey, HubCollection } from "../../../port/StoreKey.ts"
import { DocumentName } from "../../../repository/Names.ts"
import { applyGc } from "./applyGc.ts"
import { planGc } from "./planGc.ts"

const collection: HubCollection = "collections"
const latest: DocumentKey = { kind: "hub", collection, name: DocumentName.make("latest") }

/** The most time between two looks at the note, which other hubs write too. */
const lookMillis = 60 * 60 * 1000

/** Notes that a collection begins, if the last one began that long ago. Returns how long it is until then, or 0. */
const begin = Effect.fnUntraced(function* (everyMillis: number) {
  const found = yield* readDocument(latest, collectionCodec)
  const now = yield* Clock.currentTimeMillis
  const left = Option.match(found, {
    onNone: () => 0,
    onSome: ({ value }) => Math.max(0, Math.min(everyMillis, Date.parse(value.at) + everyMillis - now))
  })
  if (left > 0) return left
  const note = collectionCodec.encode({ at: yield* nowIso, run: (yield* RandomId)() })
  const expected = Option.match(found, {
    onNone: () => ({ _tag: "Absent" }) as const,
    onSome: ({ version }) => ({ _tag: "Version", version }) as const
  })
  return yield* Effect.as(send(latest, note, expected), 0).pipe(
    // Another hub was faster.
    Effect.catchTag("DocumentConflict", () => Effect.succeed(everyMillis))
  )
})

/** Collects once. */
const collect = Effect.gen(function* () {
  const plan = yield* planGc({
    onRefused: (refusal) => Effect.logWarning(`garbage is left: ${refusal.message}`)
  })
  if (plan.entries.length === 0) return yield* Effect.logInfo("there is no garbage to collect")
  const { answers, blobs, bytes, dropped, left, packs, repositories, uploads } = yield* applyGc(plan, {
    onLeft: (entry, reason) => Effect.logInfo(`garbage is left: ${JSON.stringify(entry)}: ${reason}`)
  })
  yield* Effect.logInfo(
    `garbage was collected: ${packs} packs, ${blobs} large blobs, ${uploads} uploads, ` +
      `${repositories} deleted repositories, ${bytes} bytes, ${answers} answers, ` +
      `${dropped} objects dropped from packs; left: ${left}`
  )
})

const round = Effect.fnUntraced(function* (everyMillis: number) {
  const left = yield* begin(everyMillis)
  if (left === 0) yield* collect
  return left === 0 ? everyMillis : left
})

/** Collects garbage as often as that. Never ends; what goes wrong is logged, and tried again the next time. */
export const collectEvery = (every: Duration.Duration) => {
  const everyMillis = Duration.toMillis(every)
  return round(everyMillis).pipe(
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`garbage was not collected: ${error.message}`, error), everyMillis)
    ),
    Effect.catchDefect((defect) => Effect.as(Effect.logError("garbage was not collected", defect), everyMillis)),
    Effect.flatMap((left) => Effect.sleep(Math.min(left, lookMillis))),
    Effect.forever
  )
}
