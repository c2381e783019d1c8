import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"

/** A pack that the root names cannot be read, and a write relies on an object that only this pack may hold. */
export class PackLost extends Schema.TaggedError<PackLost>()("PackLost", {
  kind: errorKind("unavailable"),
  repository: RepositoryId,
  pack: Sha256,
  type: ObjectType,
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.type} ${this.id} of repository ${this.repository} is in pack ${this.pack} or nowhere: ${this.reason}`
  }
  get publicMessage() {
    return (
      `nothing was changed: the store lacks ${this.type} ${this.id}, since its pack ${this.pack} is damaged or gone; ` +
      "the hub's operator can restore that file, or a client that has the whole history can send it again with " +
      "`musehub push --complete`"
    )
  }
}
