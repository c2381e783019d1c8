/**
 * A manifest maps paths to blobs. Paths are file names on any client's disk, so they are treated as bytes: no Unicode
 * normalisation, and ordered by code point where an id depends on the order.
 */
import { compareUtf8 } from "../base/Bytes.ts"
import { expected } from "../base/expected.ts"
import { sha256 } from "./Digest.ts"
import type { BlobId, SnapshotId } from "./Id.ts"

export type Manifest = ReadonlyMap<string, BlobId>

/** UTF-16 order and code point order differ only once a unit of a surrogate pair meets one at or above U+E000. */
const surrogate = /[\ud800-\udfff]/

/** Returns the folders of a manifest's paths, without the root. */
export const directoriesOf = (manifest: Manifest): ReadonlySet<string> => {
  const directories = new Set<string>()
  for (const path of manifest.keys()) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const directory = path.slice(0, slash)
      if (directories.has(directory)) break
      directories.add(directory)
    }
  }
  return directories
}

/** Returns a path that is also a folder of another path; no disk can hold both. */
export const clashingPath = (manifest: Manifest): string | undefined => {
  for (const directory of directoriesOf(manifest)) if (manifest.has(directory)) return directory
  return undefined
}

/** Returns the paths ordered by code point, which is the order of their UTF-8 bytes. */
export const sortedPaths = (manifest: Manifest): ReadonlyArray<string> => {
  const paths = [...manifest.keys()]
  return paths.some((path) => surrogate.test(path)) ? paths.toSorted(compareUtf8) : paths.toSorted()
}

/**
 * Computes a manifest's id: `path 00 object_id` for each entry, sorted, joined with `00` (docs/wire.md, section 1).
 * Paths hold no NUL, so path order is entry order.
 */
export const snapshotIdOf = (manifest: Manifest, paths: ReadonlyArray<string> = sortedPaths(manifest)): SnapshotId =>
  sha256(
    paths.map((path) => `${path}\0${expected(manifest.get(path), "the blob of a path")}`).join("\0")
  ) as string as SnapshotId
