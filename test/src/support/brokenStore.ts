/** Stores that break the port's promises, each in one way observed in real servers. */
import { DocumentConflict, type DocumentVersion, ObjectStore } from "@musehub/domain/port/ObjectStore"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { Effect, Option } from "effect"
import type { Store } from "./interposedStore.ts"

/** Answers `If-None-Match: *` with success, even when the document exists. */
export const ignoringIfNoneMatch = (store: Store): Store => ({
  ...store,
  documents: {
    ...store.documents,
    write: (key, bytes, expected) =>
      store.documents.write(key, bytes, expected._tag === "Absent" ? { _tag: "Any" } : expected)
  }
})

/** Answers `If-Match` with success, whatever the stored ETag. */
export const ignoringIfMatch = (store: Store): Store => ({
  ...store,
  documents: {
    ...store.documents,
    write: (key, bytes, expected) =>
      store.documents.write(key, bytes, expected._tag === "Version" ? { _tag: "Any" } : expected)
  }
})

/** Ignores every condition. */
export const ignoringConditions = (store: Store): Store => ignoringIfMatch(ignoringIfNoneMatch(store))

/** Checks before it writes, but other writers may come in between: right one by one, wrong in a race. */
export const checkingTooEarly = (store: Store): Store =>
  ObjectStore.of({
    ...store,
    documents: {
      ...store.documents,
      write: Effect.fnUntraced(function* (key, bytes, expected) {
        const found = yield* store.documents.read(key)
        const version = found._tag === "Found" ? found.document.version : undefined
        const wanted = expected._tag === "Version" ? expected.version : undefined
        if (expected._tag !== "Any" && version !== wanted)
          return yield* new DocumentConflict({ key: documentPath(key) })
        yield* Effect.yieldNow
        return yield* store.documents.write(key, bytes, { _tag: "Any" })
      })
    }
  })

const weakened = (version: DocumentVersion) => `W/${version}` as DocumentVersion

/** Returns a weak ETag on reads for the strong one that the write returned, and accepts only the strong one. */
export const changingVersions = (store: Store): Store =>
  ObjectStore.of({
    ...store,
    documents: {
      ...store.documents,
      read: (key, known) =>
        Effect.map(store.documents.read(key, known), (read) =>
          read._tag === "Found"
            ? { _tag: "Found", document: { ...read.document, version: weakened(read.document.version) } }
            : read
        )
    }
  })

/** Sends the whole document although the reader has it: honest, but no read is ever free. */
export const ignoringKnownVersion = (store: Store): Store => ({
  ...store,
  documents: { ...store.documents, read: (key) => store.documents.read(key) }
})

/** Lists an outdated state: nothing yet. */
export const listingLate = (store: Store): Store => ({
  ...store,
  list: () => Effect.succeed({ items: [], next: Option.none() })
})
