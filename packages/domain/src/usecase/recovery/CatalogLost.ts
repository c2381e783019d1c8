import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { RepositoryId, Sha256 } from "../../object/Id.ts"

/** The root names a list of packs that cannot be read, so no write can know what the repository has. */
export class CatalogLost extends Schema.TaggedError<CatalogLost>()("CatalogLost", {
  kind: errorKind("unavailable"),
  repository: RepositoryId,
  catalog: Sha256,
  reason: Schema.String
}) {
  override get message() {
    return `the catalog ${this.catalog} of repository ${this.repository} cannot be read: ${this.reason}`
  }
  get publicMessage() {
    return (
      `nothing was changed: the store lacks the list of this repository's older packs, catalog ${this.catalog}; the ` +
      "hub's operator has to restore that file"
    )
  }
}
