/**
 * Decides which paths of a snapshot may be written. The domain has refused paths that leave the folder. This refuses
 * names, at any depth, that some file system takes for the folder of a repository: the `muse` client would use that
 * repository.
 */

/** Code points that HFS+ ignores when it compares names. */
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/**
 * Says whether some file system takes this name for `.muse`: case, invisible characters, short names, streams of NTFS.
 */
const isRepositoryFolder = (name: string): boolean => {
  // Most names are decided by their length and first character.
  if (name.length < 5 || !/^[.m\u200c-\ufeff]/i.test(name)) return false
  const plain = name
    .normalize("NFC")
    .replaceAll(ignored, "")
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
  return plain === ".muse" || /^muse~\d+$/.test(plain)
}

/**
 * Returns why a path must not be written into a working tree; undefined if it may. Completes the sentence "path … ".
 */
export const treeRefusal = (path: string): string | undefined =>
  path.split("/").some(isRepositoryFolder)
    ? "has a segment that some file systems take for the folder .muse"
    : undefined
