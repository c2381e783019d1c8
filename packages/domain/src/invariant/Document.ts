/**
 * Reads and changes documents of the store, and makes their evidence. Each change is decided on the state that it
 * replaces; if another writer changes the document in between, the change is decided again. Every write, that of a root
 * included, is sent by `settled`: what became of a failed one is read back before it is sent again.
 */
import { Duration, Effect, Option, Random, Result, Schedule } from "effect"
import { isSame } from "../base/Bytes.ts"
import { sha256 } from "../object/Digest.ts"
import type { DocumentCodec } from "../object/DocumentCodec.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { storedDocument } from "../port/internal/evidence.ts"
import {
  DocumentConflict,
  type DocumentRead,
  type DocumentVersion,
  type Expected,
  ObjectStore,
  StoreUnavailable
} from "../port/ObjectStore.ts"
import { type DocumentKey, documentPath } from "../port/StoreKey.ts"
import type { StoredDocumentValue } from "../port/Stored.ts"

export interface ReadDocument<A> {
  readonly value: A
  readonly version: DocumentVersion
}

/**
 * Reads and decodes a document; one that is still in the `known` state is not transferred. Fails with `ObjectCorrupt`
 * if the stored bytes are damaged.
 */
export const readDocument = Effect.fnUntraced(function* <A>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  known?: ReadDocument<A>
) {
  const store = yield* ObjectStore
  const found = yield* store.documents.read(key, known?.version)
  if (found._tag === "Unchanged") return Option.fromUndefinedOr(known)
  if (found._tag !== "Found") return Option.none<ReadDocument<A>>()
  const { bytes, version } = found.document
  const value = yield* Effect.fromResult(
    Result.mapError(
      codec.decode(bytes),
      (error) => new ObjectCorrupt({ key: documentPath(key), reason: error.message })
    )
  )
  return Option.some<ReadDocument<A>>({ value, version })
})

/** Makes evidence for a document that was just read. */
export const witnessed = <A extends StoredDocumentValue>(codec: DocumentCodec<A>, { value }: ReadDocument<A>) =>
  storedDocument<A>({ value, sha256: sha256(codec.encode(value)) })

/**
 * What a document that is read back says of a write that failed.
 *
 * - `Ours`: the write took effect, and its answer was lost
 * - `Replaced`: the same, and another writer has replaced the document since
 * - `Before`: the document is in the state that the write expected
 * - `Other`: another writer was faster
 */
export type ReadBack =
  | { readonly _tag: "Ours"; readonly version: DocumentVersion }
  | { readonly _tag: "Replaced" }
  | { readonly _tag: "Before" }
  | { readonly _tag: "Other" }

/** Judges a document that was read back after a write of `bytes`, by its bytes. */
export const judged = (found: DocumentRead, bytes: Uint8Array, expected: Expected): ReadBack => {
  if (found._tag === "Unchanged") return { _tag: "Before" }
  if (found._tag === "Absent") return { _tag: expected._tag === "Version" ? "Other" : "Before" }
  const { document } = found
  if (isSame(document.bytes, bytes)) return { _tag: "Ours", version: document.version }
  const isBefore = expected._tag === "Any" || (expected._tag === "Version" && document.version === expected.version)
  return { _tag: isBefore ? "Before" : "Other" }
}

/** How a write is sent again after a fault: soon and a few times, since its caller waits. */
const afterFault = Schedule.exponential("50 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 4, duration: "5 seconds" })
)

/**
 * Sends a conditional write until it is known what became of it. A refusal that certainly wrote nothing, and that no
 * other try cures, fails at once. After any other failure the document is read back, and the write is sent again if the
 * document is as before. A write that another writer overtook fails with `DocumentConflict`. Returns the version that
 * was written; none if another writer has replaced it since.
 */
export const settled = <E, R>(
  key: DocumentKey,
  write: Effect.Effect<DocumentVersion, DocumentConflict | StoreUnavailable, R>,
  readBack: Effect.Effect<ReadBack, E, R>
): Effect.Effect<Option.Option<DocumentVersion>, DocumentConflict | StoreUnavailable | E, R> => {
  const attempt = Effect.catch(
    Effect.asSome(write),
    Effect.fnUntraced(function* (failure) {
      const isFault = failure._tag === "StoreUnavailable"
      if (isFault && failure.notWritten && !failure.isRetryable) return yield* failure
      const found = yield* isFault && failure.notWritten ? Effect.catch(readBack, () => Effect.fail(failure)) : readBack
      if (found._tag === "Ours") return Option.some(found.version)
      if (found._tag === "Replaced") return Option.none()
      return yield* isFault && found._tag === "Before" ? failure : new DocumentConflict({ key: documentPath(key) })
    })
  )
  return Effect.retry(attempt, { schedule: afterFault, while: isTransient })
}

/** A store that is full or read-only is not written a moment later. */
const isTransient = (error: unknown): boolean => error instanceof StoreUnavailable && error.reason._tag === "Fault"

/** Writes bytes if the document is in the expected state. A write whose answer was lost is recognised by its bytes. */
export const send = Effect.fnUntraced(function* (key: DocumentKey, bytes: Uint8Array, expected: Expected) {
  const { documents } = yield* ObjectStore
  const known = expected._tag === "Version" ? expected.version : undefined
  return yield* settled(
    key,
    documents.write(key, bytes, expected),
    Effect.map(documents.read(key, known), (found) => judged(found, bytes, expected))
  )
})

/** Deletes what is of no use any more. Where the store refuses, it stays there, and the log says so. */
export const leaveUndeleted = (what: string, deletion: Effect.Effect<void, StoreUnavailable>): Effect.Effect<void> =>
  Effect.catch(deletion, (error) => Effect.logWarning(`${what} stays in the store, which does not delete it`, error))

/** Writes a document if it is in the expected state. */
export const writeDocument = Effect.fnUntraced(function* <A extends StoredDocumentValue>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  value: A,
  expected: Expected
) {
  const bytes = codec.encode(value)
  yield* send(key, bytes, expected)
  return storedDocument<A>({ value, sha256: sha256(bytes) })
})

/** Attempts at one change before it fails as a conflict. */
const attemptsMax = 10
const backoffMillisMax = 200
/** Random delays up to 10 ms, 20 ms and so on, so that writers that collided once do not collide again. */
const backoff = Schedule.exponential("10 millis").pipe(
  Schedule.modifyDelay(({ duration }) =>
    Random.nextIntBetween(1, Math.min(backoffMillisMax, Duration.toMillis(duration)))
  )
)
/** Decides a change again when another writer was faster. */
export const conflictRetry = {
  schedule: backoff,
  while: (error: unknown) => error instanceof DocumentConflict,
  times: attemptsMax - 1
}

/**
 * Changes a document by compare-and-set and returns the stored state. `change` gets the present state, if there is one,
 * and runs again when another writer was faster. Returning the same value that it got leaves the document as it is.
 */
export const changeDocument = Effect.fnUntraced(function* <A extends StoredDocumentValue, E, R>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  change: (present: A | undefined) => Effect.Effect<A, E, R>
) {
  const attempt = Effect.gen(function* () {
    const present = Option.getOrUndefined(yield* readDocument(key, codec))
    const value = yield* change(present?.value)
    const bytes = codec.encode(value)
    const evidence = storedDocument<A>({ value, sha256: sha256(bytes) })
    if (value === present?.value) return evidence
    const expected: Expected =
      present === undefined ? { _tag: "Absent" } : { _tag: "Version", version: present.version }
    yield* send(key, bytes, expected)
    return evidence
  })
  return yield* Effect.retry(attempt, conflictRetry)
})
