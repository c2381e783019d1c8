/**
 * A set of changes to the files of a commit: contents put, files deleted and moved. The changes are all about the tree
 * that they are made to, not about each other, so their order means nothing and no path may occur twice.
 */
import { Result, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { blobOf } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { BlobId } from "../../object/Id.ts"
import { clashingPath, type Manifest, pathRefusal } from "../../object/Manifest.ts"

export type FileChange =
  /** Creates the file or replaces its content. */
  | { readonly op: "put"; readonly path: string; readonly content: Uint8Array }
  | { readonly op: "delete"; readonly path: string }
  /** To a path where no file is. */
  | { readonly op: "move"; readonly from: string; readonly to: string }

/** Changes of one commit; a push has no such limit. */
export const changesMax = 10_000
/** Bytes of all contents together: they are in memory at once. */
export const contentBytesMax = 64 * 1024 * 1024

/** The commit cannot be made of what was sent; nothing was written. */
export class ChangesRefused extends Schema.TaggedError<ChangesRefused>()("ChangesRefused", {
  kind: errorKind("refused"),
  /** The path at fault; null where the fault is not in one path. */
  path: Schema.NullOr(Schema.String),
  reason: Schema.String
}) {
  static readonly details = ["path"] as const
  override get message() {
    return this.path === null
      ? `the commit was refused: ${this.reason}`
      : `path ${JSON.stringify(this.path.slice(0, 200))} ${this.reason}`
  }
}

const refuse = (path: string | null, reason: string) => Result.fail(new ChangesRefused({ path, reason }))

const pathsOf = (change: FileChange): ReadonlyArray<string> =>
  change.op === "move" ? [change.from, change.to] : [change.path]

/** What of a set of changes can be checked before the tree is known, and the contents as blobs. */
export const checkChanges = (
  changes: ReadonlyArray<FileChange>
): Result.Result<ReadonlyMap<string, CanonicalObject<"blob">>, ChangesRefused> => {
  if (changes.length > changesMax) return refuse(null, `it has more than ${changesMax} changes`)
  const touched = new Set<string>()
  const contents = new Map<string, CanonicalObject<"blob">>()
  let bytes = 0
  for (const change of changes) {
    for (const path of pathsOf(change)) {
      const reason = pathRefusal(path)
      if (reason !== undefined) return refuse(path, reason)
      if (touched.has(path)) return refuse(path, "is changed twice")
      touched.add(path)
    }
    if (change.op !== "put") continue
    bytes += change.content.byteLength
    if (bytes > contentBytesMax) return refuse(null, `its contents have more than ${contentBytesMax} bytes`)
    contents.set(change.path, blobOf(change.content))
  }
  return Result.succeed(contents)
}

/** The tree after checked changes. */
export const applyChanges = (
  before: Manifest,
  changes: ReadonlyArray<FileChange>,
  contents: ReadonlyMap<string, { readonly id: BlobId }>
): Result.Result<Manifest, ChangesRefused> => {
  const after = new Map(before)
  for (const change of changes) {
    if (change.op === "put") {
      const blob = contents.get(change.path)
      if (blob !== undefined) after.set(change.path, blob.id)
      continue
    }
    const path = change.op === "move" ? change.from : change.path
    const blob = before.get(path)
    if (blob === undefined) return refuse(path, `cannot be ${change.op}d: there is no such file`)
    after.delete(path)
    if (change.op === "delete") continue
    if (before.has(change.to)) return refuse(change.to, "is a file already, and another cannot be moved there")
    after.set(change.to, blob)
  }
  const clash = clashingPath(after)
  return clash === undefined ? Result.succeed(after) : refuse(clash, "would be both a file and a folder")
}
