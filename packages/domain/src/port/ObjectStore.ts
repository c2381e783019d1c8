/**
 * The object store: the source of truth. Every adapter implements this one service, and the suite of
 * `@musehub/contract` defines it. It holds packs and large blobs under the hash of their bytes, small
 * documents that change by compare-and-set, and uploads that clients write directly.
 */
import { Context, type Duration, type Effect, type Option, Schema, type Stream } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import { ObjectType, type RepositoryId, type Sha256 } from "../object/Id.ts"
import type { ContentRefused } from "../object/Refused.ts"
import type { PackFile } from "../pack/PackFile.ts"
import type { Page, PageRequest } from "./Page.ts"
import {
  type DocumentCollection,
  type DocumentKey,
  type ImmutableKey,
  type ImmutableType,
  type UploadKey
} from "./StoreKey.ts"
import { publicSentence, UnavailableReason } from "./UnavailableReason.ts"

const NamedType = Schema.Literals([...ObjectType.literals, "pack"])

/** The store does not hold the object or pack. Retrying does not help. */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>()("ObjectMissing", {
  kind: errorKind("damaged"),
  repository: Schema.String,
  type: NamedType,
  id: Schema.String
}) {
  override get message() {
    return `${this.type} ${this.id} is not in the store of repository ${this.repository}`
  }
  /** Text for clients, where the object should exist. */
  get publicMessage() {
    return (
      `the store lacks ${this.type} ${this.id} of this repository; the hub's operator can restore it, or a client ` +
      "that has the whole history can send it again with `musehub push --complete`"
    )
  }
}

/** The operations that write, as adapters name them in `StoreUnavailable`. */
const writes: ReadonlySet<string> = new Set(["put", "write", "delete"])

/**
 * The store could not be reached or answered with a fault; `reason` says which. The adapter has already used up its own
 * retries. A write that fails this way may have taken effect, unless it is certain that it did not (`notWritten`).
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
    const sentence = publicSentence("the object store", this.reason)
    return this.notWritten && writes.has(this.operation) ? `nothing was written: ${sentence}` : sentence
  }
  /** Returns whether the same call may succeed later. */
  get isRetryable() {
    return this.reason.isRetryable
  }
  /** Returns whether it is certain that nothing was written. */
  get notWritten() {
    return this.reason.notWritten
  }
}

/**
 * The document is not in the state that the write expected. A lost race fails this way, and so may a write of one's own
 * whose answer was lost.
 */
export class DocumentConflict extends Schema.TaggedError<DocumentConflict>()("DocumentConflict", {
  kind: errorKind("conflict"),
  key: Schema.String
}) {
  override get message() {
    return `another writer changed ${this.key} at the same time; try again`
  }
  /** Text for clients; the key is for operators. */
  get publicMessage() {
    return "another writer changed the same thing at the same time; try again"
  }
}

/** A store's own mark for one state of a document (an ETag). It is sent back byte for byte. */
export const DocumentVersion = Schema.String.pipe(Schema.brand("DocumentVersion"))
export type DocumentVersion = typeof DocumentVersion.Type

export interface Document {
  readonly bytes: Uint8Array
  readonly version: DocumentVersion
}

/** The result of a read: the document, nothing, or the state that the caller already has. */
export type DocumentRead =
  | { readonly _tag: "Found"; readonly document: Document }
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Unchanged" }

/** The state that a document must be in for a write to happen. `Any` skips the check. */
export type Expected =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Version"; readonly version: DocumentVersion }
  | { readonly _tag: "Any" }

/** What a store puts: its id was derived from its bytes by the one maker of its type. */
export type Sealed = CanonicalObject<"blob"> | PackFile

/** The result of `put`. What had other bytes under their hash was damaged, and was `replaced`. */
export interface Receipt {
  /** Opaque locator, read only by the adapter that made it. */
  readonly storageUri: string
  readonly outcome: "created" | "identical" | "replaced"
}

export interface ObjectHead {
  readonly id: string
  /** Stored size in bytes. */
  readonly size: number
  readonly storageUri: string
  /** When the object was written or last refreshed, in milliseconds since 1970. Garbage collection uses it. */
  readonly storedAtMillis: number
}

/** A range of an object's bytes: from `start` to before `end`, counted from 0. It may be empty. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A range to read. */
export interface WantedRange extends ByteRange {
  /** The parts that it consists of, where the reader knows them. They are for caches: the reader checks the bytes. */
  readonly parts?: ReadonlyArray<RangePart> | undefined
}

/** A part of a range, in its order. */
export interface RangePart {
  readonly length: number
  /** SHA-256 of its bytes. */
  readonly sha256: Sha256
}

/** Returns whether the range is within an object of `size` bytes. */
export const isWithin = ({ start, end }: ByteRange, size: number): boolean =>
  Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= size

/** The object or pack exists but does not have the requested range. Retrying does not help. */
export class RangeOutside extends Schema.TaggedError<RangeOutside>()("RangeOutside", {
  repository: Schema.String,
  type: NamedType,
  id: Schema.String,
  start: Schema.Number,
  end: Schema.Number
}) {
  override get message() {
    return `${this.type} ${this.id} has no bytes ${this.start} to ${this.end}`
  }
}

/** Nothing was uploaded under the key, or the upload was deleted. Retrying does not help. */
export class UploadMissing extends Schema.TaggedError<UploadMissing>()("UploadMissing", {
  repository: Schema.String,
  id: Schema.String
}) {
  override get message() {
    return `blob ${this.id} was not uploaded to repository ${this.repository}`
  }
}

/** Direct uploads by presigned URL, where the store can sign one. */
export interface Uploads {
  /**
   * Signs a URL that accepts one PUT of a whole blob to the staging key, without further headers (docs/wire.md, section
   * 4). The bytes are untrusted: they are hashed on their way to the real key.
   */
  readonly presignPut: (key: UploadKey, timeToLive: Duration.Duration) => Effect.Effect<string, StoreUnavailable>
  /** Returns the size of the upload in bytes, if there is one. */
  readonly size: (key: UploadKey) => Effect.Effect<Option.Option<number>, StoreUnavailable>
  /** Streams the uploaded bytes. */
  readonly stream: (key: UploadKey) => Stream.Stream<Uint8Array, UploadMissing | StoreUnavailable>
  /** Lists the uploads of a repository in ascending order of id. */
  readonly list: (repository: RepositoryId, page: PageRequest) => Effect.Effect<Page<ObjectHead>, StoreUnavailable>
  /** Deletes an upload. Succeeds if it is missing. */
  readonly delete: (key: UploadKey) => Effect.Effect<void, StoreUnavailable>
}

/** Direct downloads by presigned URL, where the store can sign one. */
export interface Downloads {
  /**
   * Signs a URL that answers a GET with the object's bytes, without further headers; a `Range` header gets a part of
   * them. Does not check existence: a missing object surfaces when the URL is requested. Anyone with the URL may read
   * until it expires, even if their rights change.
   */
  readonly presignGet: (key: ImmutableKey, timeToLive: Duration.Duration) => Effect.Effect<string, StoreUnavailable>
}

/** The small documents of a store, which change by compare-and-set. */
export interface Documents {
  /** Reads a document. Transfers nothing if it is still in the state `known`. Strongly consistent. */
  readonly read: (key: DocumentKey, known?: DocumentVersion) => Effect.Effect<DocumentRead, StoreUnavailable>
  /**
   * Creates or replaces a document if it is in the expected state. Makes one attempt, since a retry could conflict with
   * its own write. Atomic. Durable on return. After `StoreUnavailable` the outcome is unknown; the caller reads the
   * document back.
   */
  readonly write: (
    key: DocumentKey,
    bytes: Uint8Array,
    expected: Expected
  ) => Effect.Effect<DocumentVersion, DocumentConflict | StoreUnavailable>
  /** Lists the names in a collection, in ascending order. In a history they are padded sequence numbers. */
  readonly list: (collection: DocumentCollection, page: PageRequest) => Effect.Effect<Page<string>, StoreUnavailable>
  /** Deletes a document. Succeeds if it is missing. */
  readonly delete: (key: DocumentKey) => Effect.Effect<void, StoreUnavailable>
}

/** URLs that the store signs for clients. */
export interface SignedUrls {
  readonly uploads: Uploads
  readonly downloads: Downloads
}

export class ObjectStore extends Context.Service<
  ObjectStore,
  {
    /** Where the bytes are stored, without secrets, for status pages and error messages. */
    readonly location: string
    /** Whether each call is a request over a network, so that one large call is better than several small ones. */
    readonly remote: boolean
    /**
     * Puts a blob or a pack under its key, the hash of its bytes. Atomic: readers see all bytes or none, even after a
     * crash. Idempotent: what is there with the same bytes stays, and if it is older than the adapter's refresh age,
     * its modification time is refreshed. What is there with other bytes is damaged, and is replaced in one step: a
     * reader sees the one or the other. An adapter may know stored bytes by their size and the hash that the store
     * keeps of them. A stream that fails changes nothing and leaves nothing behind. Durable on return.
     */
    readonly put: (
      repository: RepositoryId,
      sealed: Sealed
    ) => Effect.Effect<Receipt, ContentRefused | StoreUnavailable>
    /** Reads a whole blob or pack into memory. Meant for what is small. */
    readonly get: (key: ImmutableKey) => Effect.Effect<Uint8Array, ObjectMissing | StoreUnavailable>
    /**
     * Streams the bytes of a blob or a pack, or the part in `range`. Fails with `ObjectMissing` before the first
     * chunk if it is missing. A stream that is cut off fails; it never ends early. A range outside the bytes fails with
     * `RangeOutside` before the first chunk; it is never shortened. Without a range, `RangeOutside` cannot happen.
     */
    readonly stream: (
      key: ImmutableKey,
      range?: WantedRange
    ) => Stream.Stream<Uint8Array, ObjectMissing | RangeOutside | StoreUnavailable>
    readonly head: (key: ImmutableKey) => Effect.Effect<ObjectHead, ObjectMissing | StoreUnavailable>
    /** Lists everything of one type in ascending order of id. Includes all that was put before the call. */
    readonly list: (
      repository: RepositoryId,
      type: ImmutableType,
      page: PageRequest
    ) => Effect.Effect<Page<ObjectHead>, StoreUnavailable>
    /** Deletes a blob or a pack. Succeeds if it is missing. */
    readonly delete: (key: ImmutableKey) => Effect.Effect<void, StoreUnavailable>
    /** Lists every repository that has anything in the store, in ascending order. */
    readonly listRepositories: (page: PageRequest) => Effect.Effect<Page<RepositoryId>, StoreUnavailable>
    /** The documents, which change by compare-and-set. */
    readonly documents: Documents
    /** URLs that clients use past the hub. Absent where the store cannot sign them. */
    readonly signed: Option.Option<SignedUrls>
    /**
     * Sends an object with a wrong SHA-256 and returns whether the store refused it. Absent where this cannot be
     * tested.
     */
    readonly probeChecksum: Option.Option<Effect.Effect<boolean, StoreUnavailable>>
  }
>()("@musehub/domain/port/ObjectStore") {}
