/**
 * An object store with something put between it and its callers: the same interface in and out. Faults, counting and
 * reordering are each one interposition, so they stack in any order over any adapter.
 */
import { ObjectStore, type StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { collectionFolder, documentPath, objectFolder, objectPath, uploadPath } from "@musehub/domain/port/StoreKey"
import { Effect, Layer, Option, Stream } from "effect"

export type Store = ObjectStore["Service"]

/** The calls that go to the store, under the names of the port. */
export type StoreOperation =
  | "put"
  | "get"
  | "stream"
  | "head"
  | "list"
  | "delete"
  | "listRepositories"
  | "readDocument"
  | "writeDocument"
  | "listDocuments"
  | "deleteDocument"
  | "uploads.presignPut"
  | "uploads.size"
  | "uploads.stream"
  | "uploads.delete"
  | "downloads.presignGet"

/** One call, as it was made. */
export interface StoreCall {
  readonly operation: StoreOperation
  /** The key or folder in the store. */
  readonly path: string
  /** The bytes of a document write. */
  readonly bytes?: Uint8Array
}

/** Wraps a call to the store. A stream counts as a call when it is opened. */
export type Interpose = <A, E>(call: StoreCall, effect: Effect.Effect<A, E>) => Effect.Effect<A, E | StoreUnavailable>

export const interposed = (store: Store, interpose: Interpose): Store => {
  const opened = <A, E>(call: StoreCall, stream: Stream.Stream<A, E>) =>
    Stream.unwrap(interpose(call, Effect.succeed(stream)))
  return ObjectStore.of({
    location: store.location,
    remote: store.remote,
    put: (repository, object) =>
      interpose(
        { operation: "put", path: objectFolder(repository, object.type) + object.id },
        store.put(repository, object)
      ),
    get: (key) => interpose({ operation: "get", path: objectPath(key) }, store.get(key)),
    stream: (key, range) => opened({ operation: "stream", path: objectPath(key) }, store.stream(key, range)),
    head: (key) => interpose({ operation: "head", path: objectPath(key) }, store.head(key)),
    list: (repository, type, page) =>
      interpose({ operation: "list", path: objectFolder(repository, type) }, store.list(repository, type, page)),
    delete: (key) => interpose({ operation: "delete", path: objectPath(key) }, store.delete(key)),
    listRepositories: (page) =>
      interpose({ operation: "listRepositories", path: "repositories/" }, store.listRepositories(page)),
    readDocument: (key, known) =>
      interpose({ operation: "readDocument", path: documentPath(key) }, store.readDocument(key, known)),
    writeDocument: (key, bytes, expected) =>
      interpose(
        { operation: "writeDocument", path: documentPath(key), bytes },
        store.writeDocument(key, bytes, expected)
      ),
    listDocuments: (collection, page) =>
      interpose(
        { operation: "listDocuments", path: collectionFolder(collection) },
        store.listDocuments(collection, page)
      ),
    deleteDocument: (key) =>
      interpose({ operation: "deleteDocument", path: documentPath(key) }, store.deleteDocument(key)),
    uploads: Option.map(store.uploads, (uploads) => ({
      presignPut: (key, timeToLive) =>
        interpose({ operation: "uploads.presignPut", path: uploadPath(key) }, uploads.presignPut(key, timeToLive)),
      size: (key) => interpose({ operation: "uploads.size", path: uploadPath(key) }, uploads.size(key)),
      stream: (key) => opened({ operation: "uploads.stream", path: uploadPath(key) }, uploads.stream(key)),
      delete: (key) => interpose({ operation: "uploads.delete", path: uploadPath(key) }, uploads.delete(key))
    })),
    downloads: Option.map(store.downloads, (downloads) => ({
      presignGet: (key, timeToLive) =>
        interpose({ operation: "downloads.presignGet", path: objectPath(key) }, downloads.presignGet(key, timeToLive))
    })),
    probeChecksum: store.probeChecksum
  })
}

/** Interposes on the store of a layer. */
export const interposedLayer = <E, R>(
  layer: Layer.Layer<ObjectStore, E, R>,
  interpose: Interpose
): Layer.Layer<ObjectStore, E, R> =>
  Layer.effect(
    ObjectStore,
    Effect.map(ObjectStore, (store) => interposed(store, interpose))
  ).pipe(Layer.provide(layer))
