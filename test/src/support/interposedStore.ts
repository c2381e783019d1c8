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
  | "documents.read"
  | "documents.write"
  | "documents.list"
  | "documents.delete"
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
    documents: {
      read: (key, known) =>
        interpose({ operation: "documents.read", path: documentPath(key) }, store.documents.read(key, known)),
      write: (key, bytes, expected) =>
        interpose(
          { operation: "documents.write", path: documentPath(key), bytes },
          store.documents.write(key, bytes, expected)
        ),
      list: (collection, page) =>
        interpose(
          { operation: "documents.list", path: collectionFolder(collection) },
          store.documents.list(collection, page)
        ),
      delete: (key) =>
        interpose({ operation: "documents.delete", path: documentPath(key) }, store.documents.delete(key))
    },
    signed: Option.map(store.signed, ({ downloads, uploads }) => ({
      uploads: {
        presignPut: (key, timeToLive) =>
          interpose({ operation: "uploads.presignPut", path: uploadPath(key) }, uploads.presignPut(key, timeToLive)),
        size: (key) => interpose({ operation: "uploads.size", path: uploadPath(key) }, uploads.size(key)),
        stream: (key) => opened({ operation: "uploads.stream", path: uploadPath(key) }, uploads.stream(key)),
        delete: (key) => interpose({ operation: "uploads.delete", path: uploadPath(key) }, uploads.delete(key))
      },
      downloads: {
        presignGet: (key, timeToLive) =>
          interpose({ operation: "downloads.presignGet", path: objectPath(key) }, downloads.presignGet(key, timeToLive))
      }
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
