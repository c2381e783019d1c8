import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"

/** Ways back to an older hub; the README's "Upgrading and going back" explains them. */
const remedies = {
  index: "run the newer hub, or point this one at an empty database, which fills itself from the object store",
  "object store": "run the newer hub, or point this one at a copy of the store from before the upgrade"
} as const

/** The index or the store has a format that this hub does not know, as a newer hub leaves it. Nothing was written. */
export class FormatTooNew extends Schema.TaggedError<FormatTooNew>()("FormatTooNew", {
  kind: errorKind("out of order"),
  service: Schema.Literals(["index", "object store"]),
  location: Schema.String,
  found: Schema.Int,
  known: Schema.Int
}) {
  override get message() {
    const { found, known, location, service } = this
    return (
      `the ${service} at ${location} has format ${found}, and this hub knows formats up to ${known}: ` +
      remedies[service]
    )
  }
}
