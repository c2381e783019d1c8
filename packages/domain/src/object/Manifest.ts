/**
 * A manifest maps paths to blobs. Paths are file names on any client's disk, so they are treated as bytes: no Unicode
 * normalisation, and ordered by code point where an id depends on the order.
 */
import { compareUtf8, utf8Length } from "../base/Bytes.ts"
import { elementAt, expected } from "../base/expected.ts"
import { atOnce, sliceEntries, type Slices, sorting } from "../base/Slices.ts"
import { incrementalSha256, sha256 } from "./Digest.ts"
import type { BlobId, SnapshotId } from "./Id.ts"

export type Manifest = ReadonlyMap<string, BlobId>

export const noFiles: Manifest = new Map()

/**
 * Files of one tree, and of two that are merged. V8 grows a `Map` beyond this size all at once, which holds the event
 * loop for some 70 ms.
 */
export const filesMax = 2 ** 19

/**
 * Folders of one tree, and their characters. A path of many short segments names a folder for each, and each takes as
 * long as it is; real trees stay far below.
 */
export const foldersMax = 2 ** 18
export const folderCharactersMax = 64 * 1024 * 1024

/** Bytes of a manifest in canonical JSON. A client could not receive the snapshot of a larger one. */
export const manifestBytesMax = 64 * 1024 * 1024 - 1024

export const tooManyFiles = `has more than ${filesMax} files`
export const tooManyFolders = "has paths in too many deep folders"

/** UTF-16 order and code point order differ only once a unit of a surrogate pair meets one at or above U+E000. */
const surrogate = /[\ud800-\udfff]/

/** Finds the folders of a manifest's paths, without the root. */
export const findingDirectories = function* (manifest: Manifest): Slices<ReadonlySet<string>> {
  const directories = new Set<string>()
  let seen = 0
  for (const path of manifest.keys()) {
    if (++seen % sliceEntries === 0) yield
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const directory = path.slice(0, slash)
      if (directories.has(directory)) break
      directories.add(directory)
    }
  }
  return directories
}

/** Returns the folders of a manifest's paths, without the root. */
export const directoriesOf = (manifest: Manifest): ReadonlySet<string> => atOnce(findingDirectories(manifest))

/** Finds a path that is also a folder of another path; no disk can hold both. */
export const findingClash = function* (manifest: Manifest): Slices<string | undefined> {
  let seen = 0
  for (const directory of yield* findingDirectories(manifest)) {
    if (++seen % sliceEntries === 0) yield
    if (manifest.has(directory)) return directory
  }
  return undefined
}

/** Finds why the hub may not make a tree: it has too many files or folders, or its snapshot would be too large. */
export const findingExcess = function* (manifest: Manifest): Slices<string | undefined> {
  if (manifest.size > filesMax) return tooManyFiles
  const directories = new Set<string>()
  let [seen, characters, bytes] = [0, 0, 0]
  for (const [path, blob] of manifest) {
    if (++seen % sliceEntries === 0) yield
    bytes += utf8Length(JSON.stringify(path)) + blob.length + '"":,'.length
    if (bytes > manifestBytesMax) return "has a snapshot larger than a client can receive"
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const directory = path.slice(0, slash)
      characters += slash
      if (directories.has(directory)) break
      if (directories.size === foldersMax || characters > folderCharactersMax) return tooManyFolders
      directories.add(directory)
    }
  }
  return undefined
}

const byUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Orders the paths by UTF-16 unit, as the canonical JSON does. */
export const orderingByUnit = function* (manifest: Manifest): Slices<ReadonlyArray<string>> {
  const paths = [...manifest.keys()]
  if (paths.length <= sliceEntries) return paths.toSorted()
  // Those of a stored snapshot are in order.
  for (let at = 1; at < paths.length; at++) {
    if (elementAt(paths, at - 1) > elementAt(paths, at)) return yield* sorting(paths, byUnit)
    if (at % sliceEntries === 0) yield
  }
  return paths
}

/** Orders the paths by code point, which is the order of their UTF-8 bytes. */
export const orderingPaths = function* (manifest: Manifest): Slices<ReadonlyArray<string>> {
  let seen = 0
  for (const path of manifest.keys()) {
    if (surrogate.test(path)) return yield* sorting([...manifest.keys()], compareUtf8)
    if (++seen % sliceEntries === 0) yield
  }
  return yield* orderingByUnit(manifest)
}

/**
 * Computes a manifest's id: `path 00 object_id` for each entry, sorted, joined with `00` (docs/wire.md, section 1).
 * Paths hold no NUL, so path order is entry order.
 */
export const identifying = function* (manifest: Manifest): Slices<SnapshotId> {
  const paths = yield* orderingPaths(manifest)
  const textOf = (some: ReadonlyArray<string>) =>
    some.map((path) => `${path}\0${expected(manifest.get(path), "the blob of a path")}`).join("\0")
  if (paths.length <= sliceEntries) return sha256(textOf(paths)) as string as SnapshotId
  const digest = incrementalSha256()
  for (let start = 0; start < paths.length; start += sliceEntries) {
    digest.update((start === 0 ? "" : "\0") + textOf(paths.slice(start, start + sliceEntries)))
    yield
  }
  return digest.digest() as string as SnapshotId
}

/** Returns the id of a manifest. */
export const snapshotIdOf = (manifest: Manifest): SnapshotId => atOnce(identifying(manifest))
