import { Schema } from "effect"

/** The bytes are not a pack, or not the part of one that they should be. */
export class PackRefused extends Schema.TaggedError<PackRefused>()("PackRefused", { reason: Schema.String }) {
  override get message() {
    return `this is not a pack: ${this.reason}`
  }
}
