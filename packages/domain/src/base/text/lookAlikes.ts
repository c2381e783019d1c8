/**
 * Names that some file systems take for one: those of macOS and Windows ignore case, and those of macOS Unicode
 * normalisation too. Names may have slashes, and each folder in them is a name as well.
 */

/** Code points that HFS+ ignores when it compares names. */
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Upper case first, since it joins letters that lower case keeps apart: `ſ` and `s`, `ß` and `ss`, `ς` and `σ`. */
const withoutCase = (name: string): string => name.toUpperCase().toLowerCase()

const isAscii = (name: string): boolean => /^[\0-\x7f]*$/.test(name)

/**
 * Returns the form that all spellings of a name share: normalised to NFC, without the code points that HFS+ ignores and
 * without case. It approximates Unicode's full case folding, and takes `ı` for `i` as well.
 */
export const foldedName = (name: string): string =>
  isAscii(name) ? name.toLowerCase() : withoutCase(name.normalize("NFC").replaceAll(ignored, "")).normalize("NFC")

/** Two different spellings of one folded name. */
export type LookAlikes = readonly [first: string, other: string]

/**
 * Returns a finder of names, and of folders in them, that differ from an earlier one in spelling alone. It is called
 * with one name after another, and pairs each with the first spelling. Takes time in proportion to the number of names
 * and folders.
 */
export const spellings = () => {
  // Two maps, since a map of half a million names takes long to grow.
  const [names, folders] = [new Map<string, string>(), new Map<string, string>()]
  const others = new Set<string>()
  return function* (name: string): Generator<LookAlikes> {
    let part = name
    while (part !== "") {
      const folded = foldedName(part)
      const first = names.get(folded) ?? folders.get(folded)
      // The folders of a spelling that was met before have been met, too.
      if (first === part || others.has(part)) break
      if (first === undefined) (part === name ? names : folders).set(folded, part)
      else {
        others.add(part)
        yield [first, part]
      }
      part = part.slice(0, Math.max(0, part.lastIndexOf("/")))
    }
  }
}

/** Finds the pairs among names. */
export const lookAlikes = function* (names: Iterable<string>): Generator<LookAlikes> {
  const pairsOf = spellings()
  for (const name of names) yield* pairsOf(name)
}

/** Says in what two spellings of one folded name differ. */
export const differenceOf = ([one, other]: LookAlikes): string => {
  if (withoutCase(one) === withoutCase(other)) return "case"
  if (one.normalize("NFC") === other.normalize("NFC")) return "Unicode normalisation"
  return "case, Unicode normalisation or invisible characters"
}
