/**
 * Refuses a store that is not the index's. Both name the hub that they belong to; the first hub that uses them writes
 * that down. An index that is empty takes the name of any store, since it fills itself from it. A full index beside an
 * empty or another store means that a volume is not mounted or a setting is wrong, and repositories that were created
 * there would be lost when that is repaired.
 */
import { Effect, Option } from "effect"
import { identityCodec } from "../../hub/codecs.ts"
import { HubId } from "../../hub/HubIdentity.ts"
import { conflictRetry } from "../../invariant/Document.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { hubOf, identityDocument } from "../../port/interpose/identifiedStore.ts"
import { type DocumentConflict, ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import { StoreForeign } from "../../port/StoreForeign.ts"

/** The repositories of the index that are looked for in a store where one side names no hub. */
const sought = 10

const absent = { _tag: "Absent" } as const

export type SameHubError = DocumentConflict | IndexUnavailable | StoreForeign | StoreUnavailable

/** Checks that store and index belong to one hub, and makes a new one of a side that belongs to none. */
export const requireSameHub: Effect.Effect<void, SameHubError, ObjectStore | RepositoryIndex> = Effect.gen(
  function* () {
    const store = yield* ObjectStore
    const index = yield* RepositoryIndex
    const randomId = yield* RandomId
    const [storeHub, indexHub] = yield* Effect.all([hubOf(store.documents), index.hub], { concurrency: 2 })
    const foreign = (missing: number) =>
      new StoreForeign({
        store: store.location,
        storeHub: Option.getOrNull(storeHub),
        index: index.location,
        indexHub: Option.getOrNull(indexHub),
        missing
      })
    if (Option.isSome(storeHub) && Option.isSome(indexHub)) {
      if (storeHub.value !== indexHub.value) yield* foreign(0)
      return
    }
    const { items } = yield* index.repositories({}, { limit: sought })
    const roots = yield* Effect.forEach(items, ({ repository }) =>
      store.documents.read({ kind: "root", repository: repository.id })
    )
    const isKnown = roots.some(({ _tag }) => _tag === "Found")
    const isNew = items.length === 0 && Option.isNone(indexHub)
    if (!isKnown && !isNew) return yield* foreign(items.length)
    const hub = Option.getOrElse(
      Option.orElse(storeHub, () => indexHub),
      () => HubId.make(randomId())
    )
    if (Option.isNone(storeHub)) {
      const written = yield* store.documents.write(identityDocument, identityCodec.encode({ id: hub }), absent).pipe(
        Effect.as(true),
        Effect.catchTag("StoreUnavailable", (error) =>
          Effect.as(Effect.logWarning("the store is not told yet which hub it belongs to", error), false)
        )
      )
      // A store that can only be read is told at a later start.
      if (!written) return
    }
    if ((yield* index.belongTo(hub)) !== hub) yield* foreign(0)
  }
).pipe(Effect.retry(conflictRetry), Effect.withSpan("requireSameHub"))
