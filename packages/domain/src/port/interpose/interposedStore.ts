/**
 * An object store with something put between it and its callers: the same interface in and out. Deadlines, measurements
 * and the faults of tests are each one interposition, so they stack in any order over any adapter. A member that the
 * port gains does not compile until it is listed here.
 */
import { type Effect, Option, type Stream } from "effect"
import type { ObjectMissing, ObjectStore, RangeOutside, StoreUnavailable, UploadMissing } from "../ObjectStore.ts"
import {
  collectionFolder,
  documentPath,
  immutableFolder,
  immutablePath,
  uploadFolder,
  uploadPath
} from "../StoreKey.ts"

type Store = ObjectStore["Service"]

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
  | "uploads.list"
  | "uploads.stream"
  | "uploads.delete"
  | "downloads.presignGet"
  | "probeChecksum"

/** One call, as it was made. */
export interface StoreCall {
  readonly operation: StoreOperation
  /** The key or folder in the store. */
  readonly path: string
  /** The bytes of a document write. */
  readonly bytes?: Uint8Array
  /** The size of what is put, if its bytes are in memory; absent if they are streamed. */
  readonly size?: number
}

/** What is put between a store and its callers. */
export interface StoreInterposition {
  /** Wraps a call with one answer. */
  readonly call: <A, E>(call: StoreCall, effect: Effect.Effect<A, E>) => Effect.Effect<A, E | StoreUnavailable>
  /** Wraps a call whose answer is a stream. */
  readonly stream: <E extends ObjectMissing | RangeOutside | StoreUnavailable | UploadMissing>(
    call: StoreCall,
    stream: Stream.Stream<Uint8Array, E>
  ) => Stream.Stream<Uint8Array, E | StoreUnavailable>
}

/** Puts an interposition in front of a store. */
export const interposedStore = (store: Store, { call, stream }: StoreInterposition): Store => ({
  location: store.location,
  remote: store.remote,
  put: (repository, sealed) => {
    const path = immutableFolder(repository, sealed.type) + sealed.id
    const size = sealed.content instanceof Uint8Array ? { size: sealed.content.byteLength } : {}
    return call({ operation: "put", path, ...size }, store.put(repository, sealed))
  },
  get: (key) => call({ operation: "get", path: immutablePath(key) }, store.get(key)),
  stream: (key, range) => stream({ operation: "stream", path: immutablePath(key) }, store.stream(key, range)),
  head: (key) => call({ operation: "head", path: immutablePath(key) }, store.head(key)),
  list: (repository, type, page) =>
    call({ operation: "list", path: immutableFolder(repository, type) }, store.list(repository, type, page)),
  delete: (key) => call({ operation: "delete", path: immutablePath(key) }, store.delete(key)),
  listRepositories: (page) =>
    call({ operation: "listRepositories", path: "repositories/" }, store.listRepositories(page)),
  documents: {
    read: (key, known) =>
      call({ operation: "documents.read", path: documentPath(key) }, store.documents.read(key, known)),
    write: (key, bytes, expected) =>
      call(
        { operation: "documents.write", path: documentPath(key), bytes },
        store.documents.write(key, bytes, expected)
      ),
    list: (collection, page) =>
      call({ operation: "documents.list", path: collectionFolder(collection) }, store.documents.list(collection, page)),
    delete: (key) => call({ operation: "documents.delete", path: documentPath(key) }, store.documents.delete(key))
  },
  signed: Option.map(store.signed, ({ downloads, uploads }) => ({
    uploads: {
      presignPut: (key, timeToLive) =>
        call({ operation: "uploads.presignPut", path: uploadPath(key) }, uploads.presignPut(key, timeToLive)),
      size: (key) => call({ operation: "uploads.size", path: uploadPath(key) }, uploads.size(key)),
      list: (repository, page) =>
        call({ operation: "uploads.list", path: uploadFolder(repository) }, uploads.list(repository, page)),
      stream: (key) => stream({ operation: "uploads.stream", path: uploadPath(key) }, uploads.stream(key)),
      delete: (key) => call({ operation: "uploads.delete", path: uploadPath(key) }, uploads.delete(key))
    },
    downloads: {
      presignGet: (key, timeToLive) =>
        call({ operation: "downloads.presignGet", path: immutablePath(key) }, downloads.presignGet(key, timeToLive))
    }
  })),
  probeChecksum: Option.map(store.probeChecksum, (probe) =>
    call({ operation: "probeChecksum", path: collectionFolder({ kind: "hub", collection: "probe" }) }, probe)
  )
})
