/** Stores that do not keep the port's promises, each broken in one way that real servers were seen to be. */
import { DocumentConflict, type DocumentVersion, ObjectStore } from "@musehub/domain/port/ObjectStore"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { Effect, Option } from "effect"
import type { Store } from "./interposedStore.ts"

/** Answers `If-None-Match: *` with success, whatever is there. */
export const ignoringIfNoneMatch = (store: Store): Store => ({
  ...store,
  writeDocument: (key, bytes, expected) =>
    store.writeDocument(key, bytes, expected._tag === "Absent" ? { _tag: "Any" } : expected)
})

/** Answers `If-Match` with success, whatever is there. */
export const ignoringIfMatch = (store: Store): Store => ({
  ...store,
  writeDocument: (key, bytes, expected) =>
    store.writeDocument(key, bytes, expected._tag === "Version" ? { _tag: "Any" } : expected)
})

/** Ignores every condition. */
export const ignoringConditions = (store: Store): Store => ignoringIfMatch(ignoringIfNoneMatch(store))

/** Looks before it writes, but others may write in between: right one by one, wrong in a race. */
export const checkingTooEarly = (store: Store): Store =>
  ObjectStore.of({
    ...store,
    writeDocument: Effect.fnUntraced(function* (key, bytes, expected) {
      const found = yield* store.readDocument(key)
      const version = found._tag === "Found" ? found.document.version : undefined
      const wanted = expected._tag === "Version" ? expected.version : undefined
      if (expected._tag !== "Any" && version !== wanted) return yield* new DocumentConflict({ key: documentPath(key) })
      yield* Effect.yieldNow
      return yield* store.writeDocument(key, bytes, { _tag: "Any" })
    })
  })

const weakened = (version: DocumentVersion) => `W/${version}` as DocumentVersion

/** Gives out a weak ETag on reading for the strong one that writing gave, and knows only the strong one. */
export const changingVersions = (store: Store): Store =>
  ObjectStore.of({
    ...store,
    readDocument: (key, known) =>
      Effect.map(store.readDocument(key, known), (read) =>
        read._tag === "Found"
          ? { _tag: "Found", document: { ...read.document, version: weakened(read.document.version) } }
          : read
      )
  })

/** Sends the whole document though the reader has it: honest, but no read is ever free. */
export const ignoringKnownVersion = (store: Store): Store => ({
  ...store,
  readDocument: (key) => store.readDocument(key)
})

/** Lists what was there a moment ago: nothing yet. */
export const listingLate = (store: Store): Store => ({
  ...store,
  list: () => Effect.succeed({ items: [], next: Option.none() })
})
