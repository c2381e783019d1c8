/**
 * The short way to write an object store. A backend that keeps entries (whole values under text paths, such as a map or
 * a table) supplies the four functions of `Entries`, and `objectStoreOf` builds the whole port from them. Each object
 * passes through memory in one piece, and no URL is signed. A backend that can do better implements `ObjectStore`
 * itself.
 */
import { Clock, Duration, Effect, Option, Stream } from "effect"
import { sha256 } from "../object/Digest.ts"
import { RepositoryId } from "../object/Id.ts"
import {
  type ByteRange,
  DocumentConflict,
  DocumentVersion,
  type Expected,
  isWithin,
  type ObjectHead,
  ObjectMissing,
  type ObjectStore,
  RangeOutside,
  type Receipt,
  type Sealed,
  type StoreUnavailable
} from "./ObjectStore.ts"
import { pageOf, type PageRequest } from "./Page.ts"
import { RandomId } from "./RandomId.ts"
import { collectionFolder, documentPath, immutableFolder, type ImmutableKey, immutablePath } from "./StoreKey.ts"

/** An entry in a listing. */
export interface EntryHead {
  readonly path: string
  /** Size in bytes. */
  readonly size: number
  readonly storedAtMillis: number
}

/** A value under a path. Neither the backend nor the port changes its bytes after it was made. */
export interface Entry extends EntryHead {
  /** Different for each write. */
  readonly version: DocumentVersion
  readonly bytes: Uint8Array
}

/** A range of entries: those between two paths, both excluded, in the order of their characters. */
export interface EntryRange {
  readonly after: string
  readonly before: string
  readonly limit: number
}

/** The four functions that a backend supplies. */
export interface Entries {
  /** The scheme of its URLs. */
  readonly scheme: string
  /** Where the entries are stored, without secrets. */
  readonly location: string
  /** Reads an entry whole. Strongly consistent. */
  readonly read: (path: string) => Effect.Effect<Option.Option<Entry>, StoreUnavailable>
  /**
   * Creates or replaces an entry if the one under its path is in the expected state, and returns whether it was.
   * Atomic, also against other processes. Durable on return.
   */
  readonly write: (entry: Entry, expected: Expected) => Effect.Effect<boolean, StoreUnavailable>
  /** Deletes an entry. Succeeds if it is missing. */
  readonly delete: (path: string) => Effect.Effect<void, StoreUnavailable>
  /** Lists the first `limit` entries of a range in ascending order of path. */
  readonly list: (range: EntryRange) => Effect.Effect<ReadonlyArray<EntryHead>, StoreUnavailable>
}

export interface Options {
  /**
   * The age from which a put of an existing object refreshes it, so that garbage collection by age keeps it. Defaults
   * to one day.
   */
  readonly refreshAge?: Duration.Input | undefined
}

const chunkBytesMax = 256 * 1024
const absent: Expected = { _tag: "Absent" }

/** Builds the port over a backend that keeps entries. */
export const objectStoreOf = (entries: Entries, options: Options = {}): ObjectStore["Service"] => {
  const refreshAgeMillis = Duration.toMillis(options.refreshAge ?? "1 day")
  const uriOf = (path: string) => `${entries.scheme}:${path}`

  const write = Effect.fnUntraced(function* (path: string, bytes: Uint8Array, expected: Expected) {
    const version = DocumentVersion.make((yield* RandomId)())
    const storedAtMillis = yield* Clock.currentTimeMillis
    const entry = { path, size: bytes.byteLength, storedAtMillis, version, bytes }
    return (yield* entries.write(entry, expected)) ? Option.some(version) : Option.none()
  })

  const put = Effect.fnUntraced(function* (repository: RepositoryId, sealed: Sealed) {
    const bytes =
      sealed.content instanceof Uint8Array ? sealed.content.slice() : yield* Stream.mkUint8Array(sealed.content)
    const path = immutableFolder(repository, sealed.type) + sealed.id
    const receiptOf = (outcome: Receipt["outcome"]): Receipt => ({ storageUri: uriOf(path), outcome })
    // Repeats only when another caller deleted, refreshed or replaced the bytes in between.
    while (true) {
      if (Option.isSome(yield* write(path, bytes, absent))) return receiptOf("created")
      const existing = yield* entries.read(path)
      if (Option.isNone(existing)) continue
      const { version, storedAtMillis, bytes: present } = existing.value
      const outcome = sha256(present) === sealed.sha256 ? "identical" : "replaced"
      const isOld = (yield* Clock.currentTimeMillis) - storedAtMillis > refreshAgeMillis
      const isWritten = isOld || outcome === "replaced"
      if (isWritten && Option.isNone(yield* write(path, bytes, { _tag: "Version", version }))) continue
      return receiptOf(outcome)
    }
  })

  const find = Effect.fnUntraced(function* (key: ImmutableKey) {
    const found = yield* entries.read(immutablePath(key))
    return Option.isSome(found) ? found.value : yield* new ObjectMissing(key)
  })

  const stream = (key: ImmutableKey, range?: ByteRange) =>
    Stream.unwrap(
      Effect.map(find(key), ({ bytes: whole }) => {
        if (range !== undefined && !isWithin(range, whole.byteLength)) {
          return Stream.fail(new RangeOutside({ ...key, ...range }))
        }
        const bytes = whole.subarray(range?.start, range?.end)
        const chunks = Math.ceil(bytes.byteLength / chunkBytesMax)
        return Stream.map(Stream.range(1, chunks), (chunk) =>
          bytes.slice((chunk - 1) * chunkBytesMax, chunk * chunkBytesMax)
        )
      })
    )

  const headOf = ({ path, size, storedAtMillis }: EntryHead): ObjectHead => ({
    id: nameOf(path),
    size,
    storageUri: uriOf(path),
    storedAtMillis
  })

  /** Lists a page of a folder and one entry more, which tells whether there is a next page. */
  const listFolder = (folder: string, { after = "", limit }: PageRequest) =>
    entries.list({ after: folder + after, before: behind(folder), limit: limit + 1 })

  const listRepositories = Effect.fnUntraced(function* (page: PageRequest) {
    const found: Array<RepositoryId> = []
    let after = page.after === undefined ? repositories : behind(repositoryFolder(page.after))
    while (found.length <= page.limit) {
      const [first] = yield* entries.list({ after, before: behind(repositories), limit: 1 })
      if (first === undefined) break
      const id = RepositoryId.make(first.path.slice(repositories.length).split("/", 1).join())
      found.push(id)
      after = behind(repositoryFolder(id))
    }
    return pageOf(found, (id) => id, page)
  })

  return {
    location: entries.location,
    remote: false,
    put,
    get: (key) => Effect.map(find(key), ({ bytes }) => bytes.slice()),
    stream,
    head: (key) => Effect.map(find(key), headOf),
    list: (repository, type, page) =>
      Effect.map(listFolder(immutableFolder(repository, type), page), (heads) =>
        pageOf(heads.map(headOf), ({ id }) => id, page)
      ),
    delete: (key) => entries.delete(immutablePath(key)),
    listRepositories,
    documents: {
      read: (key, known) =>
        Effect.map(
          entries.read(documentPath(key)),
          Option.match({
            onNone: () => ({ _tag: "Absent" }),
            onSome: ({ bytes, version }) =>
              version === known ? { _tag: "Unchanged" } : { _tag: "Found", document: { bytes: bytes.slice(), version } }
          })
        ),
      write: Effect.fnUntraced(function* (key, bytes, expected) {
        const path = documentPath(key)
        const version = yield* write(path, bytes.slice(), expected)
        return yield* Effect.fromOption(version, () => new DocumentConflict({ key: path }))
      }),
      list: (collection, page) =>
        Effect.map(listFolder(collectionFolder(collection), page), (heads) =>
          pageOf(
            heads.map(({ path }) => nameOf(path)),
            (name) => name,
            page
          )
        ),
      delete: (key) => entries.delete(documentPath(key))
    },
    signed: Option.none(),
    probeChecksum: Option.none()
  }
}

const repositories = "repositories/"

const repositoryFolder = (id: string) => `${repositories}${id}/`

/** Returns the last segment of a path. */
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Returns the first text after every path in a folder: `0` is the character after `/`. */
const behind = (folder: string): string => `${folder.slice(0, -1)}0`
