/**
 * A set of changes to the files of a commit: put, delete and move. Each change refers to the original tree, not to the
 * other changes, so their order is irrelevant and no path may occur twice.
 */
import { Result, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import { filesMax, findingClash, findingExcess, type Manifest, tooManyFiles } from "../../object/Manifest.ts"
import { pathRefusal, type PathRule, storedPathRefusal } from "../../object/pathRefusal.ts"

export type FileChange =
  /** Creates the file or replaces its content. */
  | { readonly op: "put"; readonly path: string; readonly content: Uint8Array }
  | { readonly op: "delete"; readonly path: string }
  /** Moves a file to a path that has no file. */
  | { readonly op: "move"; readonly from: string; readonly to: string }

/** The maximum number of changes in one commit. A push has no such limit. */
export const changesMax = 10_000
/** The maximum total size of all contents, which are in memory together. */
const contentBytesMax = 64 * 1024 * 1024

/** The commit cannot be created from these changes. Nothing was written. */
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
      : `path ${JSON.stringify(cut(this.path, 200))} ${this.reason}`
  }
}

const refuse = (path: string | null, reason: string) => Result.fail(new ChangesRefused({ path, reason }))

/** Returns the paths of a change with the rule for each: a stored path that is refused now can be deleted or moved. */
const pathsOf = (change: FileChange): ReadonlyArray<readonly [path: string, rule: PathRule]> => {
  switch (change.op) {
    case "put":
      return [[change.path, pathRefusal]]
    case "delete":
      return [[change.path, storedPathRefusal]]
    case "move":
      return [
        [change.from, storedPathRefusal],
        [change.to, pathRefusal]
      ]
  }
}

/** Contents that are checked in one slice. */
const sliceContents = 500

/** Checks what can be checked without the tree, and returns the contents by path. */
export const checkingChanges = function* (
  changes: ReadonlyArray<FileChange>
): Slices<Result.Result<ReadonlyMap<string, Uint8Array>, ChangesRefused>> {
  if (changes.length > changesMax) return refuse(null, `it has more than ${changesMax} changes`)
  const touched = new Set<string>()
  const contents = new Map<string, Uint8Array>()
  let bytes = 0
  for (const change of changes) {
    for (const [path, rule] of pathsOf(change)) {
      const reason = rule(path)
      if (reason !== undefined) return refuse(path, reason)
      if (touched.has(path)) return refuse(path, "is changed twice")
      touched.add(path)
    }
    if (change.op !== "put") continue
    bytes += change.content.byteLength
    if (bytes > contentBytesMax) return refuse(null, `its contents have more than ${contentBytesMax} bytes`)
    contents.set(change.path, change.content)
    if (contents.size % sliceContents === 0) yield
  }
  return Result.succeed(contents)
}

/** The blobs of the changed paths after the changes, null for a path that then has none. */
type Changed = ReadonlyMap<string, BlobId | null>

const changedBy = (
  before: Manifest,
  changes: ReadonlyArray<FileChange>,
  contents: ReadonlyMap<string, { readonly id: BlobId }>
): Result.Result<Changed, ChangesRefused> => {
  const changed = new Map<string, BlobId | null>()
  for (const change of changes) {
    if (change.op === "put") {
      const blob = contents.get(change.path)
      if (blob !== undefined) changed.set(change.path, blob.id)
      continue
    }
    const path = change.op === "move" ? change.from : change.path
    const blob = before.get(path)
    if (blob === undefined) return refuse(path, `cannot be ${change.op}d: there is no such file`)
    changed.set(path, null)
    if (change.op === "delete") continue
    if (before.has(change.to)) return refuse(change.to, "already has a file, so no other file can be moved there")
    changed.set(change.to, blob)
  }
  return Result.succeed(changed)
}

/** Makes the tree anew: a map from which entries are deleted grows sooner than its size tells. */
const rewriting = function* (before: Manifest, changed: Changed): Slices<Manifest | undefined> {
  const after = new Map<string, BlobId>()
  let seen = 0
  for (const [path, blob] of before) {
    const now = changed.get(path)
    if (now !== null) after.set(path, now ?? blob)
    if (++seen % sliceEntries === 0) yield
  }
  for (const [path, blob] of changed) {
    if (blob === null) continue
    if (after.size === filesMax && !after.has(path)) return undefined
    after.set(path, blob)
  }
  return after
}

/** Makes the tree after the changes, which `checkingChanges` has accepted. */
export const applyingChanges = function* (
  before: Manifest,
  changes: ReadonlyArray<FileChange>,
  contents: ReadonlyMap<string, { readonly id: BlobId }>
): Slices<Result.Result<Manifest, ChangesRefused>> {
  const changed = changedBy(before, changes, contents)
  if (Result.isFailure(changed)) return Result.fail(changed.failure)
  const after = yield* rewriting(before, changed.success)
  if (after === undefined) return refuse(null, `its tree ${tooManyFiles}`)
  const excess = yield* findingExcess(after)
  if (excess !== undefined) return refuse(null, `its tree ${excess}`)
  const clash = yield* findingClash(after)
  return clash === undefined ? Result.succeed(after) : refuse(clash, "would be both a file and a folder")
}
