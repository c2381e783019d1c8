/**
 * Reads and changes documents of the store, and makes their evidence. Each change is decided on the state that it
 * replaces; if another writer changes the document in between, the change is decided again.
 */
import { Duration, Effect, Option, Random, Result, Schedule } from "effect"
import { isSame } from "../base/Bytes.ts"
import { sha256 } from "../object/Digest.ts"
import type { DocumentCodec } from "../object/DocumentCodec.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { storedDocument } from "../port/internal/evidence.ts"
import { DocumentConflict, type DocumentVersion, type Expected, ObjectStore } from "../port/ObjectStore.ts"
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

/** Writes a document in one attempt, if it is in the expected state. */
export const writeDocument = Effect.fnUntraced(function* <A extends StoredDocumentValue>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  value: A,
  expected: Expected
) {
  const store = yield* ObjectStore
  const bytes = codec.encode(value)
  yield* store.documents.write(key, bytes, expected)
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
 * and runs again when another writer was faster. Returning the same value that it got leaves the document as it is. A
 * write of our own whose answer was lost is recognised by its bytes.
 */
export const changeDocument = Effect.fnUntraced(function* <A extends StoredDocumentValue, E, R>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  change: (present: A | undefined) => Effect.Effect<A, E, R>
) {
  const store = yield* ObjectStore
  const attempt = Effect.gen(function* () {
    const present = Option.getOrUndefined(yield* readDocument(key, codec))
    const value = yield* change(present?.value)
    const bytes = codec.encode(value)
    const evidence = storedDocument<A>({ value, sha256: sha256(bytes) })
    if (value === present?.value) return evidence
    const expected: Expected =
      present === undefined ? { _tag: "Absent" } : { _tag: "Version", version: present.version }
    const sent = yield* Effect.result(store.documents.write(key, bytes, expected))
    if (Result.isSuccess(sent)) return evidence
    const found = yield* store.documents.read(key)
    const landed = found._tag === "Found" && isSame(found.document.bytes, bytes)
    return landed ? evidence : yield* Effect.fail(sent.failure)
  })
  return yield* Effect.retry(attempt, conflictRetry)
})
