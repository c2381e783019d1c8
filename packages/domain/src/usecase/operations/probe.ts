/**
 * Probes whether a store keeps the promises that the root relies on, by racing real writes through the production
 * adapter. Not every "S3-compatible" store honours conditional writes. One that does not must not be used without
 * another fence, which is raced in the same way.
 */
import { Clock, Effect, Option, Result, Stream } from "effect"
import { latin1 } from "../../base/Bytes.ts"
import { probeCodec } from "../../hub/codecs.ts"
import { blobOf } from "../../object/Blob.ts"
import { ObjectCorrupt, type ContentRefused } from "../../object/Refused.ts"
import { RepositoryId } from "../../object/Id.ts"
import { type DocumentVersion, type Expected, ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import { type DocumentKey, documentPath } from "../../port/StoreKey.ts"
import type { ProbeReport } from "../../hub/ProbeReport.ts"
import { DocumentName } from "../../repository/Names.ts"

/** The number of concurrent writers in a race. */
const racers = 32

const latest: DocumentKey = { kind: "hub", collection: "probe", name: DocumentName.make("latest") }
const text = (content: string) => new TextEncoder().encode(content)

/**
 * Returns whether exactly one of many concurrent writers won. Some stores answer a lost race with a fault. Such an
 * answer is settled by reading back: the document must have been written by the only acknowledged winner, or by a
 * writer without a clear answer.
 */
const race = Effect.fnUntraced(function* (key: DocumentKey, expected: Expected) {
  const store = yield* ObjectStore
  const attempts = Array.from({ length: racers }, (_, racer) =>
    store.documents.write(key, text(`${expected._tag} ${racer}`), expected).pipe(
      Effect.map((version): Outcome => ({ _tag: "Won", version })),
      Effect.catchTags({
        DocumentConflict: () => Effect.succeed<Outcome>({ _tag: "Lost" }),
        StoreUnavailable: (error) =>
          error.isRetryable ? Effect.succeed<Outcome>({ _tag: "Unsure", error }) : Effect.fail(error)
      })
    )
  )
  const outcomes = yield* Effect.all(attempts, { concurrency: "unbounded" })
  const left = yield* store.documents.read(key)
  const changed = left._tag === "Found" && latin1(left.document.bytes).startsWith(`${expected._tag} `)
  const won = outcomes.filter((outcome) => outcome._tag === "Won")
  const unsure = outcomes.find((outcome) => outcome._tag === "Unsure")
  // Without an answer to any writer and without a change there was no race, as on a store that is full.
  if (won.length === 0 && !changed && unsure !== undefined) return yield* unsure.error
  if (won.length > 1 || !changed) return { safe: false, left }
  const safe = won[0] === undefined ? unsure !== undefined : left.document.version === won[0].version
  return { safe, left }
})

type Outcome =
  | { readonly _tag: "Won"; readonly version: DocumentVersion }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Unsure"; readonly error: StoreUnavailable }

const probeDocuments = Effect.fnUntraced(function* (key: DocumentKey) {
  const store = yield* ObjectStore
  const created = yield* race(key, { _tag: "Absent" })
  if (created.left._tag !== "Found")
    return { createsRaceSafe: false, replacesRaceSafe: false, versionsRoundTrip: false }
  const { version } = created.left.document
  const unchanged = yield* store.documents.read(key, version)
  const replaced = yield* race(key, { _tag: "Version", version })
  const stale = yield* Effect.result(store.documents.write(key, text("stale"), { _tag: "Version", version }))
  const after = yield* store.documents.read(key, version)
  return {
    createsRaceSafe: created.safe,
    replacesRaceSafe: replaced.safe,
    versionsRoundTrip: unchanged._tag === "Unchanged" && after._tag === "Found" && Result.isFailure(stale)
  }
})

/** Deletes what the probe wrote and returns whether the store did. If not, it stays there and the log says so. */
const deleted = <E extends StoreUnavailable>(deletion: Effect.Effect<void, E>): Effect.Effect<boolean> =>
  deletion.pipe(
    Effect.as(true),
    Effect.catch((error) => Effect.as(Effect.logWarning("the probe left something behind", error), false))
  )

/** Puts an object, lists it, reads a part of it and deletes it, whatever became of the rest. */
const probeObject = Effect.fnUntraced(function* (repository: RepositoryId, nonce: string) {
  const store = yield* ObjectStore
  const blob = blobOf(text(nonce))
  const key = { repository, type: "blob", id: blob.id } as const
  yield* store.put(repository, blob)
  const used = Effect.gen(function* () {
    const { items } = yield* store.list(repository, "blob", { limit: 10 })
    const part = yield* Effect.option(Stream.mkUint8Array(store.stream(key, { start: 1, end: 3 })))
    return {
      listsWhatWasWritten: items.some((item) => item.id === blob.id),
      readsRanges: Option.isSome(part) && latin1(part.value) === nonce.slice(1, 3)
    }
  })
  const found = yield* Effect.exit(used)
  const deletes = yield* deleted(store.delete(key))
  return { ...(yield* found), deletes }
})

const reasonsOf = (
  found: Pick<ProbeReport, "createsRaceSafe" | "replacesRaceSafe" | "versionsRoundTrip" | "listsWhatWasWritten">
) => [
  ...(found.createsRaceSafe ? [] : [`of ${racers} concurrent creations with If-None-Match not exactly one succeeded`]),
  ...(found.replacesRaceSafe ? [] : [`of ${racers} concurrent replacements with If-Match not exactly one succeeded`]),
  ...(found.versionsRoundTrip ? [] : ["a version (ETag) does not come back as it was given"]),
  ...(found.listsWhatWasWritten ? [] : ["a listing leaves out what was just written"])
]

export type ProbeError = ContentRefused | StoreUnavailable

/**
 * Probes the store, stores the report in it and returns it. Leaves nothing else behind, unless the store does not
 * delete.
 */
export const probe = Effect.fn("probe")(function* (): Effect.fn.Return<ProbeReport, ProbeError, ObjectStore> {
  const store = yield* ObjectStore
  const randomId = yield* RandomId
  const nonce = randomId()
  const key: DocumentKey = { kind: "hub", collection: "probe", name: DocumentName.make(`race-${nonce}`) }
  // A store that refuses a missing key cannot say that a name is free.
  yield* store.documents.read(key)
  const documents = yield* Effect.ensuring(probeDocuments(key), deleted(store.documents.delete(key)))
  const object = yield* probeObject(RepositoryId.make(nonce), nonce)
  const checksumEnforced = Option.isNone(store.probeChecksum) ? null : yield* store.probeChecksum.value
  const reasons = reasonsOf({ ...documents, ...object })
  const report: ProbeReport = {
    at: new Date(yield* Clock.currentTimeMillis).toISOString(),
    location: store.location,
    ...documents,
    ...object,
    checksumEnforced,
    fit: reasons.length === 0,
    reasons
  }
  yield* Effect.catchTag(
    store.documents.write(latest, probeCodec.encode(report), { _tag: "Any" }),
    "DocumentConflict",
    () => Effect.logWarning("another probe wrote its report at the same time")
  )
  return report
})

export type LastProbeError = ObjectCorrupt | StoreUnavailable

/** Returns the report of the last probe, if there was one. */
export const lastProbe = Effect.fn("lastProbe")(function* (): Effect.fn.Return<
  Option.Option<ProbeReport>,
  LastProbeError,
  ObjectStore
> {
  const store = yield* ObjectStore
  const found = yield* store.documents.read(latest)
  if (found._tag !== "Found") return Option.none<ProbeReport>()
  const decoded = probeCodec.decode(found.document.bytes)
  if (Result.isSuccess(decoded)) return Option.some(decoded.success)
  return yield* new ObjectCorrupt({ key: documentPath(latest), reason: decoded.failure.message })
})
