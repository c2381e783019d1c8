/**
 * What a commit touches: the paths whose blob, where absence is a value, differs from that in every parent. So a merge
 * touches only what it resolved in its own way. The same as `git log --raw -c` without renames.
 */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import type { Touch, TouchedPaths } from "../../port/index/derived/TouchIndex.ts"
import { emptyTree, type PathChange, type Tree } from "../Tree.ts"

/** The first path of each blob that a commit takes away. */
const findingSources = function* (changes: ReadonlyArray<PathChange>): Slices<ReadonlyMap<BlobId, string>> {
  const sources = new Map<BlobId, string>()
  let steps = 0
  for (const { after, before, path } of changes) {
    if (++steps % sliceEntries === 0) yield
    if (after === undefined && before !== undefined && !sources.has(before)) sources.set(before, path)
  }
  return sources
}

const addFolders = (path: string, folders: Set<string>): void => {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const folder = path.slice(0, slash)
    if (folders.has(folder)) return
    folders.add(folder)
  }
}

/** Finds what a commit with this tree touches, in code point order of path. */
export const findingTouches = function* (tree: Tree, parents: ReadonlyArray<Tree>): Slices<TouchedPaths> {
  const [first = emptyTree, ...others] = parents
  const touched: Array<PathChange> = []
  let steps = 0
  for (const change of yield* first.comparing(tree)) {
    if (++steps % sliceEntries === 0) yield
    if (others.every((other) => other.entry(change.path) !== change.after)) touched.push(change)
  }
  const sources = yield* findingSources(touched)
  const files: Array<Touch> = []
  const folders = new Set<string>()
  for (const { after, before, path } of touched) {
    if (++steps % sliceEntries === 0) yield
    const renamedFrom = before === undefined && after !== undefined ? sources.get(after) : undefined
    files.push({ path, before, after, renamedFrom })
    addFolders(path, folders)
  }
  return { files, folders: [...folders] }
}
