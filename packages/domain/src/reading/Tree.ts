/**
 * The files of one snapshot, for readers: paths in code point order (that of their UTF-8 bytes), and their blobs in one
 * buffer of 32 bytes each. Whatever is asked takes a binary search, so a large tree answers as fast as a small one.
 */
import { compareUtf8, hex, utf8Length, writeHex } from "../base/Bytes.ts"
import { elementAt, expected } from "../base/expected.ts"
import { atOnce, sliceEntries, type Slices } from "../base/Slices.ts"
import type { BlobId, SnapshotId } from "../object/Id.ts"
import { type Manifest, noFiles, orderingPaths, snapshotIdOf } from "../object/Manifest.ts"
import { type Page, type PageRequest, pageOf } from "../port/Page.ts"

/** A file of a tree. */
export interface TreeFile {
  readonly type: "file"
  /** The last segment of the path. */
  readonly name: string
  readonly path: string
  readonly blob: BlobId
}

/** A folder of a tree. It has at least one file, at some depth. */
export interface TreeFolder {
  readonly type: "dir"
  /** The last segment of the path. */
  readonly name: string
  readonly path: string
}

export type TreeItem = TreeFile | TreeFolder

/** A path whose blob is not the same in two trees; undefined where the path is not there. */
export interface PathChange {
  readonly path: string
  readonly before: BlobId | undefined
  readonly after: BlobId | undefined
}

const idBytes = 32

/** Bytes of an entry beside the text of its path: the id, the header of a string, and two references. */
const entryBytes = idBytes + 40
/** Bytes of a tree without entries. */
const treeBytes = 512

/** The first text after all that begin with `folder/`: `0` is the character after `/`. */
const pastFolder = (folder: string): string => `${folder}0`

const prefixOf = (folder: string): string => (folder === "" ? "" : `${folder}/`)

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/**
 * The position of an item in the lists of its tree: its path, that of a folder with a slash at the end, since its files
 * stand where `folder/` does. So `a-b`, `a.b` and the folder `a` come in this order.
 */
const keyOf = (item: TreeItem): string => (item.type === "dir" ? `${item.path}/` : item.path)

export class Tree {
  readonly id: SnapshotId
  /** About how many bytes the tree takes in memory. */
  readonly weight: number
  readonly #paths: ReadonlyArray<string>
  readonly #blobs: Uint8Array

  private constructor(id: SnapshotId, paths: ReadonlyArray<string>, blobs: Uint8Array, weight: number) {
    this.id = id
    this.weight = weight
    this.#paths = paths
    this.#blobs = blobs
  }

  /** Makes the tree of a snapshot from its manifest. */
  static *building(id: SnapshotId, manifest: Manifest): Slices<Tree> {
    const paths = yield* orderingPaths(manifest)
    const blobs = new Uint8Array(paths.length * idBytes)
    let weight = treeBytes + paths.length * entryBytes
    for (const [place, path] of paths.entries()) {
      const blob = expected(manifest.get(path), "the blob of a path")
      if (!writeHex(blob, blobs.subarray(place * idBytes, (place + 1) * idBytes))) {
        throw new Error(`expected a blob id, and got ${blob}`)
      }
      // V8 takes two bytes for each character of a text that has one beyond Latin-1.
      weight += utf8Length(path) === path.length ? path.length : 2 * path.length
      if ((place + 1) % sliceEntries === 0) yield
    }
    return new Tree(id, paths, blobs, weight)
  }

  /** The count of files. */
  get size(): number {
    return this.#paths.length
  }

  /** Returns the blob of a file; undefined if there is no file at this path. */
  entry(path: string): BlobId | undefined {
    const place = this.#from(path)
    return this.#paths[place] === path ? this.#blobAt(place) : undefined
  }

  /** Says whether there is a folder at this path. The root, which is the empty path, is always there. */
  isFolder(path: string): boolean {
    return path === "" || this.#paths[this.#from(prefixOf(path))]?.startsWith(prefixOf(path)) === true
  }

  /**
   * Lists what is directly in a folder, empty for the root: files, and folders where their files stand. A `next` is
   * good for the same folder.
   */
  list(folder: string, { after, limit }: PageRequest): Page<TreeItem> {
    const prefix = prefixOf(folder)
    const end = this.#endOf(folder)
    const items: Array<TreeItem> = []
    let place = after === undefined ? this.#from(prefix) : this.#past(after)
    // One more says whether more follow.
    while (place < end && items.length <= limit) {
      const path = elementAt(this.#paths, place)
      const slash = path.indexOf("/", prefix.length)
      if (slash === -1) {
        items.push(this.#fileAt(place))
        place += 1
      } else {
        const inside = path.slice(0, slash)
        items.push({ type: "dir", name: inside.slice(prefix.length), path: inside })
        place = this.#from(pastFolder(inside))
      }
    }
    return pageOf(items, keyOf, { limit })
  }

  /** Lists the files in a folder at any depth, empty for the root. */
  under(folder: string, { after, limit }: PageRequest): Page<TreeFile> {
    const start = after === undefined ? this.#from(prefixOf(folder)) : this.#past(after)
    const end = Math.min(this.#endOf(folder), start + limit + 1)
    const items: Array<TreeFile> = []
    for (let place = start; place < end; place++) items.push(this.#fileAt(place))
    return pageOf(items, keyOf, { limit })
  }

  /** Says whether a key is the position of an item in the list of a folder, or of all files below it. */
  lists(folder: string, key: string, isDeep: boolean): boolean {
    const prefix = prefixOf(folder)
    if (!key.startsWith(prefix)) return false
    const slash = isDeep ? -1 : key.indexOf("/", prefix.length)
    if (slash === -1) return this.entry(key) !== undefined
    return slash === key.length - 1 && this.isFolder(key.slice(0, -1))
  }

  /** Finds the paths whose blob in `other`, which is later, is not the one here, in order. */
  *comparing(other: Tree): Slices<ReadonlyArray<PathChange>> {
    const changes: Array<PathChange> = []
    let [here, there, steps] = [0, 0, 0]
    while (here < this.size || there < other.size) {
      if (++steps % sliceEntries === 0) yield
      const [before, after] = [this.#paths[here], other.#paths[there]]
      const order =
        before === undefined ? 1 : after === undefined ? -1 : before === after ? 0 : compareUtf8(before, after)
      if (order < 0) {
        changes.push({ path: elementAt(this.#paths, here), before: this.#blobAt(here), after: undefined })
      } else if (order > 0) {
        changes.push({ path: elementAt(other.#paths, there), before: undefined, after: other.#blobAt(there) })
      } else if (!this.#isSameBlob(here, other, there)) {
        const path = elementAt(this.#paths, here)
        changes.push({ path, before: this.#blobAt(here), after: other.#blobAt(there) })
      }
      if (order <= 0) here += 1
      if (order >= 0) there += 1
    }
    return changes
  }

  /** Returns the first place whose path is not before the text. */
  #from(text: string): number {
    let [low, high] = [0, this.#paths.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareUtf8(elementAt(this.#paths, middle), text) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Returns the first place after an item of a list. */
  #past(key: string): number {
    if (key.endsWith("/")) return this.#from(pastFolder(key.slice(0, -1)))
    const place = this.#from(key)
    return this.#paths[place] === key ? place + 1 : place
  }

  #endOf(folder: string): number {
    return folder === "" ? this.#paths.length : this.#from(pastFolder(folder))
  }

  #fileAt(place: number): TreeFile {
    const path = elementAt(this.#paths, place)
    return { type: "file", name: nameOf(path), path, blob: this.#blobAt(place) }
  }

  #blobAt(place: number): BlobId {
    return hex(this.#blobs.subarray(place * idBytes, (place + 1) * idBytes)) as BlobId
  }

  #isSameBlob(place: number, other: Tree, there: number): boolean {
    const [from, to] = [place * idBytes, there * idBytes]
    for (let byte = 0; byte < idBytes; byte++) {
      if (this.#blobs[from + byte] !== other.#blobs[to + byte]) return false
    }
    return true
  }
}

/** The tree without files. */
export const emptyTree: Tree = atOnce(Tree.building(snapshotIdOf(noFiles), noFiles))
