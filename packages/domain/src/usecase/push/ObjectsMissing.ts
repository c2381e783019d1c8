/** The error for objects that a push needs and that are not found. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import type { ObjectName } from "../../invariant/packs/Packs.ts"
import { ObjectType } from "../../object/Id.ts"

/**
 * Objects that the push needs and that are neither in it, nor in the repository, nor in another repository that the
 * pusher may read.
 */
export class ObjectsMissing extends Schema.TaggedError<ObjectsMissing>()("ObjectsMissing", {
  kind: errorKind("refused"),
  type: ObjectType,
  /** The first 100 ids. */
  missing: Schema.Array(Schema.String),
  total: Schema.Int
}) {
  static readonly details = ["type", "missing", "total"] as const
  override get message() {
    const remedy =
      this.type === "commit"
        ? " The push stops at commits that only another remote has: remove the tracking refs of other remotes " +
          "(.muse/remotes) and push again."
        : ""
    return `${this.total} ${this.type}(s) that the push needs are missing.${remedy} Missing: ${this.missing.join(", ")}`
  }
}

/** The maximum number of ids listed in an error; the rest is counted. */
const listedMax = 100

export const missing = (type: ObjectType, ids: ReadonlyArray<string>): ObjectsMissing =>
  new ObjectsMissing({ type, missing: ids.slice(0, listedMax), total: ids.length })

/** Returns the objects that the error lists. */
export const namesOf = ({ type, missing: ids }: ObjectsMissing): ReadonlyArray<ObjectName> =>
  ids.map((id) => ({ type, id }) as ObjectName)
