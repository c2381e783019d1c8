/**
 * What decides races over one document: the store's conditional writes, or a ledger in the database where the store
 * does not honour conditions.
 *
 * Behind the ledger, a state of a document counts once it is in the ledger under the number after the state that it
 * replaces; one writer can do that. Then it is put in the store without a condition. No lock is held meanwhile. What a
 * writer puts late, because it was stopped, is recognised as an earlier state by its hash and replaced by the latest.
 * A state in the store that the ledger never had is kept: the database was lost, or is an older copy of itself.
 */
import { Effect, Layer, Option, Result } from "effect"
import { sha256 } from "../object/Digest.ts"
import { DocumentLedger, type DocumentState } from "../port/index/DocumentLedger.ts"
import {
  type Document,
  DocumentConflict,
  type DocumentRead,
  type Documents,
  DocumentVersion,
  type Expected,
  ObjectStore,
  StoreUnavailable
} from "../port/ObjectStore.ts"
import { type DocumentKey, documentPath } from "../port/StoreKey.ts"
import { Fault, Refused } from "../port/UnavailableReason.ts"

export type FenceKind = "store" | "database"

const settledKinds: ReadonlySet<DocumentKey["kind"]> = new Set([
  "history",
  "catalog",
  "refs",
  "tag",
  "release",
  "condemned"
])

/** Returns whether the document's bytes follow from its key: all writers write the same, so there is no race. */
const isSettledByKey = ({ kind }: DocumentKey): boolean => settledKinds.has(kind)

/** The present state of a document: its bytes if it exists, and the number of the latest state in the ledger. */
interface Present {
  readonly number: number
  readonly document: Document | undefined
  /** Whether the ledger lacks this state: it was put in the store before the ledger was there. */
  readonly isUnknown: boolean
}

/** Names a state by its number and its hash, since a database that lost states may give a number again. */
const documentOf = (number: number | "settled" | "unfenced", bytes: Uint8Array): Document => ({
  bytes,
  version: DocumentVersion.make(`${number} ${sha256(bytes)}`)
})

const presentOf = ({ bytes, number }: DocumentState, isUnknown = false): Present => ({
  number,
  document: bytes === null ? undefined : documentOf(number, bytes),
  isUnknown
})

const isExpected = (expected: Expected, document: Document | undefined): boolean => {
  switch (expected._tag) {
    case "Any":
      return true
    case "Absent":
      return document === undefined
    case "Version":
      return document?.version === expected.version
  }
}

const readOf = (document: Document | undefined, known?: DocumentVersion): DocumentRead => {
  if (document === undefined) return { _tag: "Absent" }
  return document.version === known ? { _tag: "Unchanged" } : { _tag: "Found", document }
}

/** Puts the ledger in front of a store's documents. */
const fencedDocuments = (store: Documents, ledger: DocumentLedger["Service"]): Documents => {
  const put = (key: DocumentKey, bytes: Uint8Array | null) =>
    bytes === null
      ? store.delete(key)
      : Effect.catchTag(
          store.write(key, bytes, { _tag: "Any" }),
          "DocumentConflict",
          (cause) => new StoreUnavailable({ operation: "write", key: cause.key, reason: new Fault({ cause }) })
        )

  /** Makes the store follow the ledger, starting with a state that the ledger has. */
  const publish = Effect.fnUntraced(function* (key: DocumentKey, state: DocumentState) {
    const path = documentPath(key)
    let unput = Option.some(state)
    while (Option.isSome(unput)) {
      const { number } = unput.value
      yield* put(key, unput.value.bytes)
      // A later state may have been put before this one.
      const latest = yield* Effect.result(ledger.latestState(path))
      if (Result.isFailure(latest)) {
        return yield* Effect.logWarning(`${path} may be an earlier state in the store`, latest.failure)
      }
      unput = Option.filter(latest.success, (later) => later.number !== number)
    }
  })

  /** Returns the present state, given the latest and the store's, or nothing if there is a later one by now. */
  const compared = Effect.fnUntraced(function* (key: DocumentKey, latest: DocumentState, stored?: Uint8Array) {
    const path = documentPath(key)
    const present = presentOf(latest)
    if (stored === undefined) {
      if (latest.bytes === null) return present
    } else {
      const inStore = presentOf({ number: latest.number, bytes: stored }, true)
      if (present.document?.version === inStore.document?.version) return present
      const numbered = yield* ledger.numberOfState(path, sha256(stored))
      if (Option.isNone(numbered)) {
        yield* Effect.logWarning(`the database never had the state of ${path} that the store has, which is kept`)
        return inStore
      }
      if (numbered.value > latest.number) return undefined
    }
    // A state counts once the store has it: until then, no reader is told of it.
    yield* publish(key, latest)
    return present
  })

  const present = Effect.fnUntraced(function* (key: DocumentKey) {
    for (;;) {
      const latest = yield* ledger.latestState(documentPath(key))
      const found = yield* store.read(key)
      const stored = found._tag === "Found" ? found.document.bytes : undefined
      if (Option.isNone(latest)) return presentOf({ number: 0, bytes: stored ?? null }, stored !== undefined)
      const current = yield* compared(key, latest.value, stored)
      if (current !== undefined) return current
    }
  })

  const readSettled = (key: DocumentKey, version?: DocumentVersion) =>
    Effect.map(store.read(key), (found) =>
      readOf(found._tag === "Found" ? documentOf("settled", found.document.bytes) : undefined, version)
    )

  const writeSettled = Effect.fnUntraced(function* (key: DocumentKey, bytes: Uint8Array, expected: Expected) {
    const found = yield* readSettled(key)
    const document = found._tag === "Found" ? found.document : undefined
    if (!isExpected(expected, document)) return yield* new DocumentConflict({ key: documentPath(key) })
    yield* put(key, bytes)
    return documentOf("settled", bytes).version
  })

  /** Reads what the store has, which may be an earlier state, while the database is away. */
  const readUnfenced = (key: DocumentKey) =>
    Effect.map(store.read(key), (found) =>
      found._tag === "Found" ? readOf(documentOf("unfenced", found.document.bytes)) : found
    )

  const read = (key: DocumentKey, known?: DocumentVersion) =>
    Effect.gen(function* () {
      const { document } = yield* present(key)
      return readOf(document, known)
    }).pipe(Effect.catchTag("IndexUnavailable", () => readUnfenced(key)))

  /**
   * Returns the number of the present state. One that the ledger lacks is added first, so that it is recognised as an
   * earlier state once it is replaced; nothing is returned if another writer was faster.
   */
  const numberOf = Effect.fnUntraced(function* (path: string, { document, isUnknown, number }: Present) {
    if (!isUnknown || document === undefined) return number
    const added = yield* ledger.addState(path, { number: number + 1, bytes: document.bytes })
    return added ? number + 1 : undefined
  })

  /** Adds the state that replaces the expected one, and puts it in the store. */
  const add = Effect.fnUntraced(
    function* (key: DocumentKey, bytes: Uint8Array | null, expected: Expected) {
      const path = documentPath(key)
      for (;;) {
        const current = yield* present(key)
        if (!isExpected(expected, current.document)) return yield* new DocumentConflict({ key: path })
        const base = yield* numberOf(path, current)
        if (base === undefined) continue
        const state: DocumentState = { number: base + 1, bytes }
        if (yield* ledger.addState(path, state)) {
          yield* publish(key, state)
          return state.number
        }
        if (expected._tag !== "Any") return yield* new DocumentConflict({ key: path })
      }
    },
    (effect, key) =>
      Effect.catchTag(
        effect,
        "IndexUnavailable",
        (cause) =>
          new StoreUnavailable({
            operation: "fence",
            key: documentPath(key),
            reason: cause.isRetryable ? new Fault({ cause }) : new Refused({ cause })
          })
      )
  )

  return {
    read: (key, version) => (isSettledByKey(key) ? readSettled(key, version) : read(key, version)),
    write: (key, bytes, expected) =>
      isSettledByKey(key)
        ? writeSettled(key, bytes, expected)
        : Effect.map(add(key, bytes, expected), (number) => documentOf(number, bytes).version),
    list: store.list,
    delete: (key) =>
      isSettledByKey(key)
        ? store.delete(key)
        : add(key, null, { _tag: "Any" }).pipe(Effect.asVoid, Effect.catchTag("DocumentConflict", Effect.die))
  }
}

/** Puts the ledger in front of the store's documents. */
const layerDatabase: Layer.Layer<ObjectStore, never, ObjectStore | DocumentLedger> = Layer.effect(
  ObjectStore,
  Effect.gen(function* () {
    const store = yield* ObjectStore
    return { ...store, documents: fencedDocuments(store.documents, yield* DocumentLedger) }
  })
)

/** Puts the fence that the configuration names in front of the store. */
export const layer = (kind: FenceKind): Layer.Layer<ObjectStore, never, ObjectStore | DocumentLedger> =>
  kind === "store" ? Layer.effect(ObjectStore, ObjectStore) : layerDatabase
