/** The files that differ between two trees. A file that is gone and one of the same blob that is new are a rename. */
import { sliceEntries, type Slices } from "../base/Slices.ts"
import type { BlobId } from "../object/Id.ts"
import type { PathChange, Tree } from "./Tree.ts"

export interface FileChange {
  readonly status: "added" | "deleted" | "modified" | "renamed"
  /** The path in the later tree; of a deleted file, the one that it had. */
  readonly path: string
  /** The path in the earlier tree of a file that was renamed. */
  readonly oldPath: string | undefined
  readonly before: BlobId | undefined
  readonly after: BlobId | undefined
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Deleted files under keys. Each is taken once, under whichever key asks first, in the order of their paths. */
class Deleted {
  readonly taken = new Set<PathChange>()
  readonly #queues = new Map<string, { readonly files: Array<PathChange>; next: number }>()

  add(key: string, file: PathChange): void {
    const queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, { files: [file], next: 0 })
    else queue.files.push(file)
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  take(key: string): PathChange | undefined {
    const queue = this.#queues.get(key)
    if (queue === undefined) return undefined
    while (queue.next < queue.files.length) {
      const file = queue.files[queue.next++]
      if (file === undefined || this.taken.has(file)) continue
      this.taken.add(file)
      return file
    }
    return undefined
  }
}

/** Finds where new files come from: first those that kept their name in another folder, then any of the same blob. */
const findingSources = function* (changes: ReadonlyArray<PathChange>): Slices<ReadonlyMap<PathChange, PathChange>> {
  const deleted = new Deleted()
  const sources = new Map<PathChange, PathChange>()
  const named = (blob: BlobId, path: string) => `${blob}/${nameOf(path)}`
  let steps = 0
  for (const change of changes) {
    if (++steps % sliceEntries === 0) yield
    const { after, before, path } = change
    if (after !== undefined || before === undefined) continue
    deleted.add(named(before, path), change)
    deleted.add(before, change)
  }
  if (deleted.isEmpty) return sources
  for (const keyOf of [
    ({ after, path }: PathChange) => after && named(after, path),
    ({ after }: PathChange) => after
  ]) {
    for (const change of changes) {
      if (++steps % sliceEntries === 0) yield
      const key = keyOf(change)
      if (change.before !== undefined || key === undefined || sources.has(change)) continue
      const source = deleted.take(key)
      if (source !== undefined) sources.set(change, source)
    }
  }
  return sources
}

/** Finds the files that differ, in the code point order of `path`. */
export const comparingFiles = function* (earlier: Tree, later: Tree): Slices<ReadonlyArray<FileChange>> {
  const changes = yield* earlier.comparing(later)
  const sources = yield* findingSources(changes)
  const gone = new Set(sources.values())
  const files: Array<FileChange> = []
  let steps = 0
  for (const change of changes) {
    if (++steps % sliceEntries === 0) yield
    if (gone.has(change)) continue
    const source = sources.get(change)
    const { after, before, path } = change
    if (source !== undefined) {
      files.push({ status: "renamed", path, oldPath: source.path, before: source.before, after })
    } else {
      const status = before === undefined ? "added" : after === undefined ? "deleted" : "modified"
      files.push({ status, path, oldPath: undefined, before, after })
    }
  }
  return files
}
