import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { HubId } from "../hub/HubIdentity.ts"

const named = (hub: HubId | null) => (hub === null ? "names no hub" : `is of hub ${hub}`)

/** Store and index belong to different hubs, or the store lacks what the index knows. Nothing was written. */
export class StoreForeign extends Schema.TaggedError<StoreForeign>()("StoreForeign", {
  kind: errorKind("misconfigured"),
  store: Schema.String,
  storeHub: Schema.NullOr(HubId),
  index: Schema.String,
  indexHub: Schema.NullOr(HubId),
  /** The repositories of the index that were looked for in the store, and of which it has none. */
  missing: Schema.Int
}) {
  override get message() {
    const { index, indexHub, missing, store, storeHub } = this
    const lacks = missing === 0 ? "" : ` and lacks the repositories of the index`
    return (
      `the object store is not the one that the index belongs to: ${store} ${named(storeHub)}${lacks}, and ${index} ` +
      `${named(indexHub)}; mount the store's volume or name the right store, or, if this store is right, name an ` +
      "empty database, which fills itself from it"
    )
  }
}
