/**
 * The object store in memory: for tests, and for trying the hub out. Keeps every promise of the port except that the
 * bytes outlive the process. It never shares a buffer with its callers, so nobody can change what is stored.
 */
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { type ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import {
  type ByteRange,
  DocumentConflict,
  type DocumentVersion,
  type Expected,
  isWithin,
  ObjectMissing,
  ObjectStore,
  type ObjectHead,
  RangeOutside
} from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import {
  collectionFolder,
  type DocumentCollection,
  type DocumentKey,
  documentPath,
  objectFolder,
  type ObjectKey,
  objectPath
} from "@musehub/domain/port/StoreKey"
import { Clock, Duration, Effect, Layer, Option, Stream } from "effect"

export interface Options {
  /**
   * A hit on an object that is older makes it young again, so that garbage collection by age leaves it alone. One day
   * unless given.
   */
  readonly refreshAge?: Duration.Input | undefined
}

const chunkBytesMax = 256 * 1024

const repositoriesFolder = "repositories/"

interface StoredBytes {
  readonly bytes: Uint8Array
  readonly storedAtMillis: number
}

interface StoredDocument {
  readonly bytes: Uint8Array
  readonly version: DocumentVersion
}

/** An empty store that lives as long as the layer. */
export const layer = (options: Options = {}): Layer.Layer<ObjectStore> =>
  Layer.sync(ObjectStore, () => {
    const refreshAgeMillis = Duration.toMillis(options.refreshAge ?? "1 day")
    const objects = new Map<string, StoredBytes>()
    const documents = new Map<string, StoredDocument>()
    // One count for the whole store: a document that was deleted and made again never gets an old version back.
    let versions = 0

    const find = (key: ObjectKey) =>
      Effect.suspend(() => {
        const found = objects.get(objectPath(key))
        return found === undefined ? Effect.fail(new ObjectMissing(key)) : Effect.succeed(found)
      })

    const put = Effect.fnUntraced(function* (repository: RepositoryId, object: CanonicalObject) {
      // Collected before the look-up: from there on nothing interrupts, so two puts of one id cannot both create it.
      const bytes =
        object.content instanceof Uint8Array ? object.content.slice() : yield* Stream.mkUint8Array(object.content)
      const now = yield* Clock.currentTimeMillis
      const path = objectFolder(repository, object.type) + object.id
      const storageUri = uriOf(path)
      const existing = objects.get(path)
      if (existing === undefined) {
        objects.set(path, { bytes, storedAtMillis: now })
        return { storageUri, outcome: "created" as const }
      }
      if (now - existing.storedAtMillis > refreshAgeMillis) {
        objects.set(path, { bytes: existing.bytes, storedAtMillis: now })
      }
      return { storageUri, outcome: isSame(existing.bytes, bytes) ? ("identical" as const) : ("different" as const) }
    })

    const stream = (key: ObjectKey, range?: ByteRange) =>
      Stream.unwrap(
        Effect.map(find(key), ({ bytes: whole }) => {
          if (range !== undefined && !isWithin(range, whole.byteLength)) {
            return Stream.fail(new RangeOutside({ ...key, ...range }))
          }
          const bytes = whole.subarray(range?.start, range?.end)
          const chunks: Array<Uint8Array> = []
          for (let start = 0; start < bytes.byteLength; start += chunkBytesMax) {
            chunks.push(bytes.subarray(start, start + chunkBytesMax))
          }
          return Stream.map(Stream.fromIterable(chunks), (chunk) => chunk.slice())
        })
      )

    const list = (repository: RepositoryId, type: ObjectType, page: PageRequest) =>
      Effect.sync((): Page<ObjectHead> => {
        const folder = objectFolder(repository, type)
        const heads: Array<ObjectHead> = []
        for (const [path, stored] of objects) {
          if (path.startsWith(folder)) heads.push(headOf(path, path.slice(folder.length), stored))
        }
        return pageOf(heads, (head) => head.id, page)
      })

    const listRepositories = (page: PageRequest) =>
      Effect.sync(() => {
        const found = new Set<RepositoryId>()
        for (const path of [...objects.keys(), ...documents.keys()]) {
          if (path.startsWith(repositoriesFolder)) {
            found.add(
              RepositoryId.make(path.slice(repositoriesFolder.length, path.indexOf("/", repositoriesFolder.length)))
            )
          }
        }
        return pageOf([...found], (id) => id, page)
      })

    const writeDocument = (key: DocumentKey, bytes: Uint8Array, expected: Expected) =>
      Effect.suspend(() => {
        const path = documentPath(key)
        const current = documents.get(path)?.version
        const fits = expected._tag === "Any" || current === (expected._tag === "Version" ? expected.version : undefined)
        if (!fits) return Effect.fail(new DocumentConflict({ key: path }))
        versions += 1
        const version = String(versions) as DocumentVersion
        documents.set(path, { bytes: bytes.slice(), version })
        return Effect.succeed(version)
      })

    const readDocument = (key: DocumentKey, known?: DocumentVersion) =>
      Effect.sync(() => {
        const found = documents.get(documentPath(key))
        if (found === undefined) return { _tag: "Absent" } as const
        if (found.version === known) return { _tag: "Unchanged" } as const
        return { _tag: "Found", document: { bytes: found.bytes.slice(), version: found.version } } as const
      })

    const listDocuments = (collection: DocumentCollection, page: PageRequest) =>
      Effect.sync(() => {
        const folder = collectionFolder(collection)
        const names = [...documents.keys()]
          .filter((path) => path.startsWith(folder))
          .map((path) => path.slice(folder.length))
        return pageOf(names, (name) => name, page)
      })

    return ObjectStore.of({
      location: "memory:",
      remote: false,
      put,
      get: (key) => Effect.map(find(key), ({ bytes }) => bytes.slice()),
      stream,
      head: (key) => Effect.map(find(key), (found) => headOf(objectPath(key), key.id, found)),
      list,
      delete: (key) => Effect.sync(() => void objects.delete(objectPath(key))),
      listRepositories,
      readDocument,
      writeDocument,
      listDocuments,
      deleteDocument: (key) => Effect.sync(() => void documents.delete(documentPath(key))),
      // Nothing outside the process can reach its memory.
      uploads: Option.none(),
      downloads: Option.none(),
      probeChecksum: Option.none()
    })
  })

const uriOf = (path: string): string => `memory:${path}`

const headOf = (path: string, id: string, stored: StoredBytes): ObjectHead => ({
  id,
  size: stored.bytes.byteLength,
  storageUri: uriOf(path),
  storedAtMillis: stored.storedAtMillis
})

const isSame = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0

const pageOf = <A>(items: ReadonlyArray<A>, nameOf: (item: A) => string, { after, limit }: PageRequest): Page<A> => {
  const rest = items
    .filter((item) => after === undefined || nameOf(item) > after)
    .toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page,
    next: last === undefined || rest.length === page.length ? Option.none() : Option.some(nameOf(last))
  }
}
