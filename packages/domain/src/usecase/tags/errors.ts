/** The errors of tags and releases. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"

/** The record is not a valid tag; `reason` names the member and its fault. */
export class TagRefused extends Schema.TaggedError<TagRefused>()("TagRefused", {
  kind: errorKind("refused"),
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `tag ${JSON.stringify(cut(this.id, 100))} was refused: ${this.reason}`
  }
}

/** Another tag has this id already. */
export class TagConflict extends Schema.TaggedError<TagConflict>()("TagConflict", {
  kind: errorKind("conflict"),
  id: Schema.String
}) {
  override get message() {
    return `there is another tag with the id ${this.id}`
  }
}

/** There is no tag with this id. */
export class TagUnknown extends Schema.TaggedError<TagUnknown>()("TagUnknown", {
  kind: errorKind("not found"),
  id: Schema.String
}) {
  override get message() {
    return `there is no tag with the id ${JSON.stringify(cut(this.id, 100))}`
  }
}

/** The record is not a valid release, or does not fit the repository; `reason` says why. */
export class ReleaseRefused extends Schema.TaggedError<ReleaseRefused>()("ReleaseRefused", {
  kind: errorKind("refused"),
  tag: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `release ${JSON.stringify(cut(this.tag, 100))} was refused: ${this.reason}`
  }
}

/** The tag already has a release, which is not a draft that this one replaces. */
export class ReleaseExists extends Schema.TaggedError<ReleaseExists>()("ReleaseExists", {
  kind: errorKind("conflict"),
  tag: Schema.String
}) {
  override get message() {
    return `there is already a release ${JSON.stringify(this.tag)}`
  }
}

/** The tag has no release that the caller may see. */
export class ReleaseUnknown extends Schema.TaggedError<ReleaseUnknown>()("ReleaseUnknown", {
  kind: errorKind("not found"),
  tag: Schema.String
}) {
  override get message() {
    return `there is no release ${JSON.stringify(cut(this.tag, 100))}`
  }
}

/** The releases together exceed the size of one answer. */
export class ReleasesTooLarge extends Schema.TaggedError<ReleasesTooLarge>()("ReleasesTooLarge", {
  kind: errorKind("limit"),
  limitBytes: Schema.Int
}) {
  static readonly details = ["limitBytes"] as const
  override get message() {
    return (
      `the releases together are larger than the ${this.limitBytes} bytes that one answer may have; ask for ` +
      "one channel"
    )
  }
}
