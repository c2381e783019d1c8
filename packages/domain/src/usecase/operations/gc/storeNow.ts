/** Asks the store what time it is, since ages are judged by its clock alone. */
import { Effect } from "effect"
import { utf8 } from "../../../base/Bytes.ts"
import { leaveUndeleted } from "../../../invariant/Document.ts"
import { blobOf } from "../../../object/Blob.ts"
import { RepositoryId } from "../../../object/Id.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { RandomId } from "../../../port/RandomId.ts"

/** Puts a few bytes, reads when they were stored, and deletes them. Milliseconds since 1970. */
export const storeNow = Effect.gen(function* () {
  const store = yield* ObjectStore
  const nonce = (yield* RandomId)()
  const blob = blobOf(utf8(nonce))
  const key = { repository: RepositoryId.make(nonce), type: "blob", id: blob.id } as const
  const asked = Effect.gen(function* () {
    yield* Effect.catchTag(store.put(key.repository, blob), "ContentRefused", Effect.die)
    return (yield* Effect.catchTag(store.head(key), "ObjectMissing", Effect.die)).storedAtMillis
  })
  return yield* Effect.ensuring(asked, leaveUndeleted("what asked the store for its time", store.delete(key)))
})
