/**
 * Which paths a snapshot may hold. One rule for every door: a push in any form, commits over REST, and the client's
 * checkout. What an earlier hub stored by a laxer rule stays readable.
 */
import { utf8Length } from "../base/Bytes.ts"
import { foldedName } from "../base/text/lookAlikes.ts"

/** Returns why a path is refused, or undefined. Completes the sentence "path … ". */
export type PathRule = (path: string) => string | undefined

/** Linux limits of a name and a path; the client cannot write longer ones anywhere. */
const componentBytesMax = 255
const pathBytesMax = 4096

const componentRefusal = (component: string): string | undefined => {
  if (component === "") return "has an empty segment (it is absolute, ends in a slash, or doubles one)"
  if (component === "." || component === "..") return `has a segment "${component}"`
  // UTF-8 needs at most three bytes for a unit, so short segments pass without being counted.
  if (component.length * 3 > componentBytesMax && utf8Length(component) > componentBytesMax) {
    return `has a segment of more than ${componentBytesMax} bytes`
  }
  return undefined
}

/**
 * Matches paths that both rules allow, without a look at each segment: short ones of plain letters, digits and a few
 * signs, no segment of which begins with a dot.
 */
const plainPath = /^(?=.{1,255}$)[A-Za-z0-9_][\w.@+ -]*(?:\/[A-Za-z0-9_][\w.@+ -]*)*$/

/** Refuses what no manifest can hold: such a path leaves the folder, or has two meanings. Holds for stored ones too. */
export const storedPathRefusal: PathRule = (path) => {
  if (plainPath.test(path)) return undefined
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

/**
 * Says whether some file system takes this name for `.muse`: case, invisible characters, short names, streams of NTFS.
 */
const isRepositoryFolder = (name: string): boolean => {
  // Most names are decided by their length and first character.
  if (name.length < 5 || !/^[.m\u200c-\ufeff]/i.test(name)) return false
  const plain = foldedName(name)
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
  return plain === ".muse" || /^muse~\d+$/.test(plain)
}

/**
 * Refuses as well, at any depth, a name that some file system takes for the folder of a repository: the `muse` client
 * would use that repository.
 */
export const pathRefusal: PathRule = (path) =>
  plainPath.test(path) ? undefined : (storedPathRefusal(path) ?? folderRefusal(path))

const folderRefusal: PathRule = (path) =>
  path.split("/").some(isRepositoryFolder)
    ? "has a segment that some file systems take for the folder .muse"
    : undefined
