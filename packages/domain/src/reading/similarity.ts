/**
 * How similar two files are, and which deleted files new ones come from, as `git diff -M` decides: by the bytes of
 * lines, or of 64 bytes of longer ones, that both have.
 */
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { byteAt, wordAt } from "../merge/numberAt.ts"

/** The pieces of a file: their hashes in order, and how many bytes each has together. */
export interface Pieces {
  /** Of the file, in bytes. */
  readonly size: number
  readonly hashes: Uint32Array
  readonly bytes: Uint32Array
}

const pieceBytesMax = 64
/** The hash of git has as many values, and pieces count as the same if they have the same hash. */
const hashValues = 107_927
const lineFeed = 0x0a
const carriageReturn = 0x0d
/** The bytes at the beginning in which NUL makes a file binary for git. */
const lookedAtBytes = 8000

/** Bytes of pieces by hash: one array for all files. */
export class PieceCounter {
  readonly #bytes = new Uint32Array(hashValues)

  #taken(size: number, touched: ReadonlyArray<number>): Pieces {
    const hashes = Uint32Array.from(touched).toSorted()
    const bytes = hashes.map((hash) => wordAt(this.#bytes, hash))
    for (const hash of hashes) this.#bytes[hash] = 0
    return { size, hashes, bytes }
  }

  /** Counts the pieces of a file. In one of text, CR before LF does not count. */
  *count(content: Uint8Array): Counted<Pieces> {
    const isText = !content.subarray(0, lookedAtBytes).includes(0)
    const { length: size } = content
    const touched: Array<number> = []
    let [first, second, length] = [0, 0, 0]
    const end = () => {
      const hash = ((first + Math.imul(second, 0x61)) >>> 0) % hashValues
      if (this.#bytes[hash] === 0) touched.push(hash)
      this.#bytes[hash] = wordAt(this.#bytes, hash) + length
      first = 0
      second = 0
      length = 0
    }
    for (let at = 0; at < size; at++) {
      if ((at + 1) % sliceSteps === 0) yield sliceSteps
      const byte = byteAt(content, at)
      if (isText && byte === carriageReturn && content[at + 1] === lineFeed) continue
      const before = first
      first = (((first << 7) ^ (second >>> 25)) + byte) >>> 0
      second = ((second << 7) ^ (before >>> 25)) >>> 0
      length++
      if (byte === lineFeed || length === pieceBytesMax) end()
    }
    if (length > 0) end()
    yield size % sliceSteps
    return this.#taken(size, touched)
  }
}

/** The greatest similarity, that of equal files. */
const similarityMax = 60_000
/** The least similarity of two files that count as one that was renamed. */
const renamed = similarityMax / 2
/** The least one of two that alone have their name among all deleted and all new files. */
const renamedByName = (similarityMax + renamed) / 2

/** Returns the similarity of two files, 0 if their sizes differ too much for a rename. */
const similarityOf = function* (one: Pieces, other: Pieces): Counted<number> {
  const larger = Math.max(one.size, other.size)
  if (larger * (similarityMax - renamed) < Math.abs(one.size - other.size) * similarityMax) return 0
  let [here, there, shared] = [0, 0, 0]
  while (here < one.hashes.length && there < other.hashes.length) {
    const order = wordAt(one.hashes, here) - wordAt(other.hashes, there)
    if (order === 0) shared += Math.min(wordAt(one.bytes, here), wordAt(other.bytes, there))
    if (order <= 0) here++
    if (order >= 0) there++
  }
  yield here + there
  return larger === 0 ? 0 : Math.floor((shared * similarityMax) / larger)
}

/** A file that may have been renamed. */
export interface Candidate {
  readonly path: string
  readonly pieces: Pieces
}

interface Pair {
  readonly from: Candidate
  readonly to: Candidate
  readonly similarity: number
  readonly isSameName: boolean
}

const nameOf = ({ path }: Candidate): string => path.slice(path.lastIndexOf("/") + 1)

/** Files by name; undefined for a name that several have. */
const byName = (files: ReadonlyArray<Candidate>): ReadonlyMap<string, Candidate | undefined> => {
  const named = new Map<string, Candidate | undefined>()
  for (const file of files) {
    const name = nameOf(file)
    named.set(name, named.has(name) ? undefined : file)
  }
  return named
}

/** The best sources of a new file that are compared with those of others. */
const sourcesMax = 4

const byLikeness = (one: Pair, other: Pair): number =>
  other.similarity - one.similarity || Number(other.isSameName) - Number(one.isSameName)

/** Pairs new files with the deleted ones that they come from, each once: path of the new one, path of the old one. */
export const pairingSimilar = function* (
  deleted: ReadonlyArray<Candidate>,
  added: ReadonlyArray<Candidate>
): Counted<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>()
  const taken = new Set<string>()
  const take = (from: Candidate, to: Candidate) => {
    sources.set(to.path, from.path)
    taken.add(from.path)
  }
  const alone = byName(added)
  for (const [name, from] of byName(deleted)) {
    const to = alone.get(name)
    if (from === undefined || to === undefined) continue
    if ((yield* similarityOf(from.pieces, to.pieces)) >= renamedByName) take(from, to)
  }
  const pairs: Array<Pair> = []
  for (const to of added) {
    if (sources.has(to.path)) continue
    const found: Array<Pair> = []
    for (const from of deleted) {
      if (taken.has(from.path)) continue
      const similarity = yield* similarityOf(from.pieces, to.pieces)
      if (similarity >= renamed) found.push({ from, to, similarity, isSameName: nameOf(from) === nameOf(to) })
    }
    pairs.push(...found.toSorted(byLikeness).slice(0, sourcesMax))
    yield found.length
  }
  for (const { from, to } of pairs.toSorted(byLikeness)) {
    if (!sources.has(to.path) && !taken.has(from.path)) take(from, to)
  }
  return sources
}
