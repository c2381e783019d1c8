/**
 * Which paths of a snapshot may be written. The domain has refused what leaves the folder; here goes what some file
 * system takes for the folder of a repository, at any depth, since whoever works below it would be working with that
 * repository.
 */

/** Code points that HFS+ passes over when it compares names. */
const passedOver = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Whether some file system takes this name for `.muse`: case, invisible characters, short names, streams of NTFS. */
const isRepositoryFolder = (name: string): boolean => {
  // Most names are told by their length and first character.
  if (name.length < 5 || !/^[.m\u200c-\ufeff]/i.test(name)) return false
  const plain = name
    .normalize("NFC")
    .replaceAll(passedOver, "")
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
  return plain === ".muse" || /^muse~\d+$/.test(plain)
}

/** Why a path must not be written into a working tree; undefined when it may. Completes the sentence "path … ". */
export const treeRefusal = (path: string): string | undefined =>
  path.split("/").some(isRepositoryFolder)
    ? "has a segment that some file systems take for the folder .muse"
    : undefined
