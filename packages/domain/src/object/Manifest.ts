/**
 * A manifest maps paths to blobs. Paths are file names on any client's disk, so they are treated as bytes: no Unicode
 * normalisation, and ordered by code point where an id depends on the order.
 */
import { compareUtf8, utf8Length } from "../base/Bytes.ts"
import { expected } from "../base/expected.ts"
import { sha256 } from "./Digest.ts"
import type { BlobId, SnapshotId } from "./Id.ts"

export type Manifest = ReadonlyMap<string, BlobId>

/** Linux limits of a name and a path; the client cannot write longer ones anywhere. */
const componentBytesMax = 255
const pathBytesMax = 4096

/** UTF-16 order and code point order differ only once a unit of a surrogate pair meets one at or above U+E000. */
const surrogate = /[\ud800-\udfff]/

const componentRefusal = (component: string): string | undefined => {
  if (component === "") return "has an empty segment (it is absolute, ends in a slash, or doubles one)"
  if (component === "." || component === "..") return `has a segment "${component}"`
  // UTF-8 needs at most three bytes for a unit, so short segments pass without being counted.
  if (component.length * 3 > componentBytesMax && utf8Length(component) > componentBytesMax) {
    return `has a segment of more than ${componentBytesMax} bytes`
  }
  return undefined
}

/** Returns why a path cannot be in a manifest, or undefined when it can. Completes the sentence "path … ". */
export const pathRefusal = (path: string): string | undefined => {
  if (path === "") return "is empty"
  if (path.includes("\0")) return "contains NUL"
  if (!path.isWellFormed()) return "is not valid Unicode"
  if (utf8Length(path) > pathBytesMax) return `is longer than ${pathBytesMax} bytes`
  const components = path.split("/")
  // A checkout would overwrite the clone's own repository.
  if (components[0]?.toLowerCase() === ".muse") return "is in the repository's own folder .muse"
  for (const component of components) {
    const reason = componentRefusal(component)
    if (reason !== undefined) return reason
  }
  return undefined
}

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
