/** Why a path of a commit is not what was asked for. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { CommitId } from "../../object/Id.ts"

const quoted = (path: string): string => JSON.stringify(cut(path, 200))

/** The commit has neither a file nor a folder at this path. */
export class PathUnknown extends Schema.TaggedError<PathUnknown>()("PathUnknown", {
  kind: errorKind("not found"),
  commit: CommitId,
  path: Schema.String,
  /** The nearest folder above that is there; empty for the root. */
  folder: Schema.String,
  /** The first names in that folder, those of folders with a slash at the end. */
  names: Schema.Array(Schema.String),
  /** Whether that folder has more. */
  more: Schema.Boolean
}) {
  static readonly details = ["commit", "path", "folder", "names", "more"] as const
  override get message() {
    const place = this.folder === "" ? "the root" : `the folder ${quoted(this.folder)}`
    const names = this.names.length === 0 ? "nothing" : this.names.map(quoted).join(", ")
    return `commit ${this.commit} has no ${quoted(this.path)}; ${place} has ${names}${this.more ? " and more" : ""}`
  }
}

/** A file was asked for, and this is a folder. */
export class PathIsFolder extends Schema.TaggedError<PathIsFolder>()("PathIsFolder", {
  kind: errorKind("conflict"),
  commit: CommitId,
  path: Schema.String
}) {
  static readonly details = ["commit", "path"] as const
  override get message() {
    const place = this.path === "" ? "the root" : quoted(this.path)
    return `${place} is a folder in commit ${this.commit}; list it as a tree, or name a file in it`
  }
}

/** A folder was asked for, and this is a file. */
export class PathIsFile extends Schema.TaggedError<PathIsFile>()("PathIsFile", {
  kind: errorKind("conflict"),
  commit: CommitId,
  path: Schema.String
}) {
  static readonly details = ["commit", "path"] as const
  override get message() {
    return `${quoted(this.path)} is a file in commit ${this.commit}; read it as a blob, or list the folder around it`
  }
}

/** What was asked is derived in the index, which is not available. */
export class NotDerived extends Schema.TaggedError<NotDerived>()("NotDerived", { kind: errorKind("unavailable") }) {
  override get message() {
    return "histories of paths, and symbols, are read from the index, which is not available"
  }
  get publicMessage() {
    return (
      "not derived: histories of paths, and symbols, are not available now; send the request again in a few " +
      "seconds, or read commits, trees and files, which are"
    )
  }
}
