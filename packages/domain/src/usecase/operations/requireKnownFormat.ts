/**
 * Refuses a store that a newer hub has changed, before this one writes anything to it, and tells one that no hub has
 * used. ARCHITECTURE.md, "Keys in the store", says what belongs to the format.
 */
import { Effect, Option } from "effect"
import { formatCodec } from "../../hub/codecs.ts"
import { conflictRetry, readDocument, send } from "../../invariant/Document.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { FormatTooNew } from "../../port/FormatTooNew.ts"
import { type DocumentConflict, ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { DocumentKey } from "../../port/StoreKey.ts"
import { DocumentName } from "../../repository/Names.ts"
import { hubOf } from "../../port/interpose/identifiedStore.ts"

/** The newest format that this hub knows. */
const known = 1

/** The document of the format. */
export const formatDocument: DocumentKey = { kind: "hub", collection: "format", name: DocumentName.make("current") }

const requireKnown = (location: string, version: number) =>
  version > known
    ? Effect.fail(new FormatTooNew({ service: "object store", location, found: version, known }))
    : Effect.void

export type FormatError = DocumentConflict | FormatTooNew | ObjectCorrupt | StoreUnavailable

/**
 * Checks the store's format. A store that does not say one is empty or older than this document, so its format is 1,
 * and the first hub that uses it writes that down. Of several at once one writes, and the others read what it wrote.
 */
export const requireKnownFormat: Effect.Effect<void, FormatError, ObjectStore> = Effect.gen(function* () {
  const { location } = yield* ObjectStore
  const found = yield* readDocument(formatDocument, formatCodec)
  if (Option.isNone(found)) {
    yield* send(formatDocument, formatCodec.encode({ version: known }), { _tag: "Absent" })
    return
  }
  yield* requireKnown(location, found.value.value.version)
}).pipe(Effect.retry(conflictRetry), Effect.withSpan("requireKnownFormat"))

/** Says whether a hub has used the store. Refuses a newer format, and writes nothing. */
export const isUsed: Effect.Effect<boolean, FormatTooNew | ObjectCorrupt | StoreUnavailable, ObjectStore> = Effect.gen(
  function* () {
    const { documents, listRepositories, location } = yield* ObjectStore
    const found = yield* readDocument(formatDocument, formatCodec)
    if (Option.isSome(found)) yield* requireKnown(location, found.value.value.version)
    if (Option.isSome(yield* hubOf(documents))) return true
    return (yield* listRepositories({ limit: 1 })).items.length > 0
  }
).pipe(Effect.withSpan("isUsed"))
