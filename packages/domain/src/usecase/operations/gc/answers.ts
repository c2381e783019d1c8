/** Answers that were kept under idempotency keys, for longer than a key counts. */
import { Effect, Option, Schema, Stream } from "effect"
import { requestCodec } from "../../../hub/codecs.ts"
import { readDocument, send } from "../../../invariant/Document.ts"
import { nowIso } from "../../../object/now.ts"
import { UsageIndex } from "../../../port/index/UsageIndex.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { RandomId } from "../../../port/RandomId.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { DocumentName } from "../../../repository/Names.ts"

/** Names per page of the listing. */
const pageSize = 1000

const keyOf = (name: DocumentName) => ({ kind: "hub", collection: "requests", name }) as const

/** Reads an answer that was kept since before a time; none if there is none, or a later one. */
const readLapsed = Effect.fnUntraced(function* (name: DocumentName, beforeMillis: number) {
  // A damaged one answers nothing, and stays for verify to tell.
  const read = Effect.catchTag(readDocument(keyOf(name), requestCodec), "ObjectCorrupt", () => Effect.succeedNone)
  return Option.filter(yield* read, ({ value }) => Date.parse(value.at) < beforeMillis)
})

/** Streams the names of the answers that were kept since before a time, in milliseconds since 1970. */
export const lapsedAnswers = (beforeMillis: number) =>
  Stream.unwrap(
    Effect.map(ObjectStore, ({ documents }) =>
      everyItem(pageSize, (page) => documents.list({ kind: "hub", collection: "requests" }, page)).pipe(
        Stream.filter(Schema.is(DocumentName)),
        Stream.mapEffect(
          (name) => Effect.map(readLapsed(name, beforeMillis), (found) => (Option.isSome(found) ? [name] : [])),
          { concurrency: storeConcurrency, unordered: true }
        ),
        Stream.flattenIterable
      )
    )
  )

/**
 * Deletes an answer that was kept since before a time, unless its key is in use again. It is claimed first, as a call
 * does, so no call can begin under the key while it is deleted. Returns whether it was there.
 */
export const deleteAnswer = Effect.fnUntraced(function* (name: DocumentName, beforeMillis: number) {
  const { documents } = yield* ObjectStore
  const usage = yield* UsageIndex
  const found = yield* readLapsed(name, beforeMillis)
  if (Option.isNone(found)) return false
  const { value, version } = found.value
  const claim = { request: value.request, call: (yield* RandomId)(), at: yield* nowIso, answer: null }
  const claimed = yield* send(keyOf(name), requestCodec.encode(claim), { _tag: "Version", version }).pipe(
    Effect.as(true),
    Effect.catchTag("DocumentConflict", () => Effect.succeed(false))
  )
  if (!claimed) return false
  yield* documents.delete(keyOf(name))
  yield* usage.forgetKeptAnswers([name])
  return true
})
