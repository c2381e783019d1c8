/**
 * A store whose silence is believed only while it is the hub's own. A volume that was unmounted leaves an empty folder,
 * which answers that nothing exists and would accept everything. So an absent document, and the creation of one, counts
 * only if the store still names the hub that it named before.
 */
import { Data, Effect, Layer, Option, Result } from "effect"
import { identityCodec } from "../../hub/codecs.ts"
import type { HubId } from "../../hub/HubIdentity.ts"
import { DocumentName } from "../../repository/Names.ts"
import { type Documents, ObjectStore, StoreUnavailable } from "../ObjectStore.ts"
import { type DocumentKey, documentPath, type HubCollection } from "../StoreKey.ts"
import { Damaged, Fault } from "../UnavailableReason.ts"

/** The document that names the hub of a store. */
export const identityDocument: DocumentKey = {
  kind: "hub",
  collection: "identity",
  name: DocumentName.make("current")
}

/** The store no longer names the hub that it named before. */
class StoreLost extends Data.TaggedError("StoreLost")<{ readonly message: string }> {}

/** Returns the hub that a store names; none if it names none. */
export const hubOf = Effect.fnUntraced(function* ({ read }: Pick<Documents, "read">) {
  const found = yield* read(identityDocument)
  if (found._tag !== "Found") return Option.none<HubId>()
  const decoded = identityCodec.decode(found.document.bytes)
  if (Result.isSuccess(decoded)) return Option.some(decoded.success.id)
  return yield* new StoreUnavailable({
    operation: "read",
    key: documentPath(identityDocument),
    reason: new Damaged({ cause: decoded.failure })
  })
})

/** Collections of the hub whose absent documents mean something to a client. */
const telling: ReadonlySet<HubCollection> = new Set([
  "names",
  "users",
  "tokens",
  "sessions",
  "domains",
  "format",
  "secret"
])

const isTelling = (key: DocumentKey): boolean =>
  key.kind === "root" || (key.kind === "hub" && telling.has(key.collection))

const make = Effect.gen(function* () {
  const store = yield* ObjectStore
  const { read, write } = store.documents
  let known = Option.getOrUndefined(yield* hubOf(store.documents))

  const verify = Effect.fnUntraced(function* (operation: string, key: DocumentKey) {
    const present = Option.getOrUndefined(yield* hubOf(store.documents))
    known ??= present
    if (present === known) return
    const names = present === undefined ? "names no hub" : `is of hub ${present}`
    const cause = new StoreLost({
      message: `${store.location} was the store of hub ${known} and now ${names}; is its volume mounted?`
    })
    return yield* new StoreUnavailable({ operation, key: documentPath(key), reason: new Fault({ cause }) })
  })

  return ObjectStore.of({
    ...store,
    documents: {
      ...store.documents,
      read: (key, version) =>
        Effect.tap(read(key, version), ({ _tag }) =>
          _tag === "Absent" && isTelling(key) ? verify("read", key) : Effect.void
        ),
      write: (key, bytes, expected) =>
        Effect.tap(write(key, bytes, expected), () =>
          expected._tag === "Absent" && isTelling(key) ? verify("write", key) : Effect.void
        )
    }
  })
})

/** Puts the check in front of the store of the context. */
export const layer: Layer.Layer<ObjectStore, StoreUnavailable, ObjectStore> = Layer.effect(ObjectStore, make)
