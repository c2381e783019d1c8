/**
 * The object store: where the truth lies. One service that every adapter implements and the contract suite in `test/`
 * defines. Three kinds of things live in it: immutable objects under ids that their content gives, small documents
 * that change by compare-and-set, and uploads that clients put there themselves.
 */
import { Context, type Duration, type Effect, type Option, Schema, type Stream } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import { ObjectType, type RepositoryId } from "../object/Id.ts"
import type { ContentRefused } from "../object/Refused.ts"
import type { Page, PageRequest } from "./Page.ts"
import type { DocumentCollection, DocumentKey, ObjectKey, UploadKey } from "./StoreKey.ts"
import { publicSentence, UnavailableReason } from "./UnavailableReason.ts"

/** The store does not hold the object. Trying again does not help. */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>()("ObjectMissing", {
  kind: errorKind("damaged"),
  repository: Schema.String,
  type: ObjectType,
  id: Schema.String
}) {
  override get message() {
    return `${this.type} ${this.id} is not in the store of repository ${this.repository}`
  }
  /** What a client may read where the object ought to be there. */
  get publicMessage() {
    return "the store lacks an object that belongs to this repository; the hub's operator has to restore it"
  }
}

/**
 * The store could not be asked, or answered with a fault; `reason` says which. The adapter has already used up its own
 * retries. A write that ends this way may or may not have landed.
 */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  operation: Schema.String,
  key: Schema.String,
  reason: UnavailableReason
}) {
  static readonly kinds = ["unavailable", "out of order"] as const
  override readonly cause = this.reason
  get kind() {
    return this.reason.kind
  }
  override get message() {
    return `the object store failed at ${this.operation} ${this.key}`
  }
  get publicMessage() {
    return publicSentence("the object store", this.reason)
  }
  /** Whether the same call may succeed later. */
  get isRetryable() {
    return this.reason.isRetryable
  }
}

/**
 * The document is not in the state that the write expected. Also the answer to a lost race, and to an own write whose
 * answer was lost.
 */
export class DocumentConflict extends Schema.TaggedError<DocumentConflict>()("DocumentConflict", {
  kind: errorKind("conflict"),
  key: Schema.String
}) {
  override get message() {
    return `another writer changed ${this.key} at the same time; try again`
  }
  /** What a client may read; the key is for operators. */
  get publicMessage() {
    return "another writer changed the same thing at the same time; try again"
  }
}

/** A store's own mark for one state of a document (an ETag). Goes back byte for byte. */
export const DocumentVersion = Schema.String.pipe(Schema.brand("DocumentVersion"))
export type DocumentVersion = typeof DocumentVersion.Type

export interface Document {
  readonly bytes: Uint8Array
  readonly version: DocumentVersion
}

/** What a read found: the document, nothing, or the state that the caller already has. */
export type DocumentRead =
  | { readonly _tag: "Found"; readonly document: Document }
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Unchanged" }

/**
 * The state that a document must be in for a write to happen. `Any` gives up the check, for callers that hold a lock.
 */
export type Expected =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Version"; readonly version: DocumentVersion }
  | { readonly _tag: "Any" }

/**
 * What `put` did. `different` can only happen to commits and snapshots, whose ids leave some fields out; the first
 * bytes stay.
 */
export interface Receipt {
  /** Opaque locator; only the adapter that made it reads it. */
  readonly storageUri: string
  readonly outcome: "created" | "identical" | "different"
}

export interface ObjectHead {
  readonly id: string
  /** Count of the stored bytes. */
  readonly size: number
  readonly storageUri: string
  /** When the object was written or last refreshed, in milliseconds since 1970. Garbage collection goes by it. */
  readonly storedAtMillis: number
}

/** A part of an object's bytes: from `start` to before `end`, counted from 0. It may be empty. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Whether an object of so many bytes has this part. */
export const isWithin = ({ start, end }: ByteRange, size: number): boolean =>
  Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= size

/** The object is there and does not have the part that a read asks for. Trying again does not help. */
export class RangeOutside extends Schema.TaggedError<RangeOutside>()("RangeOutside", {
  repository: Schema.String,
  type: ObjectType,
  id: Schema.String,
  start: Schema.Number,
  end: Schema.Number
}) {
  override get message() {
    return `${this.type} ${this.id} has no bytes ${this.start} to ${this.end}`
  }
}

/** Nothing was uploaded under the key, or it was taken away since. Trying again does not help. */
export class UploadMissing extends Schema.TaggedError<UploadMissing>()("UploadMissing", {
  repository: Schema.String,
  id: Schema.String
}) {
  override get message() {
    return `blob ${this.id} was not uploaded to repository ${this.repository}`
  }
}

/**
 * Whether a read may be answered only with bytes that lie in the store. Evidence is made of such reads. A decorator
 * that knows objects from elsewhere, such as a legacy database before its backfill, answers them with `ObjectMissing`.
 */
export const StoredBytesOnly = Context.Reference<boolean>("@musehub/domain/port/StoredBytesOnly", {
  defaultValue: () => false
})

/** Direct uploads by presigned URL, where the store can sign them. */
export interface Uploads {
  /**
   * A URL that accepts one PUT of a whole blob without further headers (docs/wire.md, section 4), into the staging
   * key. The bytes are untrusted: they are hashed on their way into the real key.
   */
  readonly presignPut: (key: UploadKey, timeToLive: Duration.Duration) => Effect.Effect<string, StoreUnavailable>
  /** Size in bytes of what was uploaded, if anything was. */
  readonly size: (key: UploadKey) => Effect.Effect<Option.Option<number>, StoreUnavailable>
  /** The uploaded bytes. */
  readonly stream: (key: UploadKey) => Stream.Stream<Uint8Array, UploadMissing | StoreUnavailable>
  /** A missing upload is success. */
  readonly delete: (key: UploadKey) => Effect.Effect<void, StoreUnavailable>
}

/** Direct downloads by presigned URL, where the store can sign them. */
export interface Downloads {
  /**
   * A URL that answers a GET without further headers with the object's bytes, and one with a `Range` header with a part
   * of them. Asks nobody: an object that is not there is found out by whoever follows the URL. Whoever has the URL may
   * read until it ends, whatever becomes of their rights meanwhile.
   */
  readonly presignGet: (key: ObjectKey, timeToLive: Duration.Duration) => Effect.Effect<string, StoreUnavailable>
}

export class ObjectStore extends Context.Service<
  ObjectStore,
  {
    /** Where the bytes lie, without secrets, for status pages and error messages. */
    readonly location: string
    /** Whether each call is a request over a network, so that one large one is better than several small ones. */
    readonly remote: boolean
    /**
     * Puts an object under its key, once and for all. Atomic: readers see every byte or none, also after a crash.
     * Idempotent and never overwriting: the first bytes under an id stay, and the receipt tells whether they were the
     * same. A hit on an object older than the adapter's refresh age makes it young again. A stream that fails
     * leaves nothing behind. Durable on return.
     */
    readonly put: (
      repository: RepositoryId,
      object: CanonicalObject
    ) => Effect.Effect<Receipt, ContentRefused | StoreUnavailable>
    /** The whole object in memory. Meant for commits, snapshots and small blobs. */
    readonly get: (key: ObjectKey) => Effect.Effect<Uint8Array, ObjectMissing | StoreUnavailable>
    /**
     * The object's bytes as they arrive, or the part of them that `range` names. Fails with `ObjectMissing` before the
     * first chunk; a cut stream fails, it never ends early. A range that is not within the object fails with
     * `RangeOutside` before the first chunk, it is never made shorter; without a range that failure cannot happen.
     */
    readonly stream: (
      key: ObjectKey,
      range?: ByteRange
    ) => Stream.Stream<Uint8Array, ObjectMissing | RangeOutside | StoreUnavailable>
    readonly head: (key: ObjectKey) => Effect.Effect<ObjectHead, ObjectMissing | StoreUnavailable>
    /** Objects of one type in ascending order of id. What was put before the call is listed. */
    readonly list: (
      repository: RepositoryId,
      type: ObjectType,
      page: PageRequest
    ) => Effect.Effect<Page<ObjectHead>, StoreUnavailable>
    /** Deletes an object. A missing one is success. */
    readonly delete: (key: ObjectKey) => Effect.Effect<void, StoreUnavailable>
    /** Every repository that has anything in the store, in ascending order. */
    readonly listRepositories: (page: PageRequest) => Effect.Effect<Page<RepositoryId>, StoreUnavailable>
    /** Reads a document; with `known`, costs no transfer when it is still in that state. Strongly consistent. */
    readonly readDocument: (key: DocumentKey, known?: DocumentVersion) => Effect.Effect<DocumentRead, StoreUnavailable>
    /**
     * Creates or replaces a document if it is in the expected state, in one attempt: no retry that could meet its own
     * write. Atomic and durable. After `StoreUnavailable` the outcome is unknown; read it back.
     */
    readonly writeDocument: (
      key: DocumentKey,
      bytes: Uint8Array,
      expected: Expected
    ) => Effect.Effect<DocumentVersion, DocumentConflict | StoreUnavailable>
    /** Names of the documents in a collection, ascending. For a history the names are padded sequence numbers. */
    readonly listDocuments: (
      collection: DocumentCollection,
      page: PageRequest
    ) => Effect.Effect<Page<string>, StoreUnavailable>
    /** Deletes a document. A missing one is success. */
    readonly deleteDocument: (key: DocumentKey) => Effect.Effect<void, StoreUnavailable>
    /** Absent where the store cannot sign URLs. */
    readonly uploads: Option.Option<Uploads>
    /** Absent where the store cannot sign URLs. */
    readonly downloads: Option.Option<Downloads>
    /**
     * Sends an object with a wrong SHA-256 and tells whether the store refused it. Absent where the question makes no
     * sense.
     */
    readonly probeChecksum: Option.Option<Effect.Effect<boolean, StoreUnavailable>>
  }
>()("@musehub/domain/port/ObjectStore") {}
