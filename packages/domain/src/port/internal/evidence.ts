/**
 * The classes of evidence and their makers, for `invariant/` alone. Outside this file the classes are only types
 * (`Stored.ts`), so they cannot be constructed or extended there.
 */
import type { PublishedDomain } from "../../hub/PublishedDomain.ts"
import type { Token } from "../../hub/Token.ts"
import type { User } from "../../hub/User.ts"
import type { Commit } from "../../object/Commit.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { Annotation } from "../../repository/Annotation.ts"
import type { Pack } from "../../repository/Pack.ts"
import type { Proposal } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"

/** The decoded value of each object type; the index needs none of a blob. */
export interface ValueOf {
  readonly blob: null
  readonly snapshot: Snapshot
  readonly commit: Commit
}

/** The fields of evidence for an immutable object. */
export interface StoredFields<T extends ObjectType> {
  readonly repository: RepositoryId
  readonly type: T
  readonly id: IdOf[T]
  readonly value: ValueOf[T]
  /** Stored size in bytes. */
  readonly size: number
  /** SHA-256 of the stored bytes. Verify compares it, since a commit's id leaves some fields out. */
  readonly sha256: Sha256
  /** Opaque locator, read only by the adapter that made it. */
  readonly storageUri: string
  /** Whether this write stored the bytes; false when they were already stored. */
  readonly created: boolean
}

/** Evidence for an immutable object. */
export class Stored<T extends ObjectType> implements StoredFields<T> {
  declare private readonly nominal: true
  readonly repository: RepositoryId
  readonly type: T
  readonly id: IdOf[T]
  readonly value: ValueOf[T]
  readonly size: number
  readonly sha256: Sha256
  readonly storageUri: string
  readonly created: boolean

  private constructor(fields: StoredFields<T>) {
    this.repository = fields.repository
    this.type = fields.type
    this.id = fields.id
    this.value = fields.value
    this.size = fields.size
    this.sha256 = fields.sha256
    this.storageUri = fields.storageUri
    this.created = fields.created
  }

  static of<T extends ObjectType>(fields: StoredFields<T>): Stored<T> {
    return new Stored(fields)
  }
}

export type StoredDocumentValue = Root | Proposal | Annotation | User | Token | PublishedDomain

/** The fields of evidence for a document. */
interface StoredDocumentFields<A extends StoredDocumentValue> {
  readonly value: A
  /** SHA-256 of the stored bytes. */
  readonly sha256: Sha256
}

/** Evidence for a document that can change: the store held it in this state. */
export class StoredDocument<A extends StoredDocumentValue> implements StoredDocumentFields<A> {
  declare private readonly nominal: true
  readonly value: A
  readonly sha256: Sha256

  private constructor(fields: StoredDocumentFields<A>) {
    this.value = fields.value
    this.sha256 = fields.sha256
  }

  static of<A extends StoredDocumentValue>(fields: StoredDocumentFields<A>): StoredDocument<A> {
    return new StoredDocument(fields)
  }
}

/**
 * Evidence for a pack: its bytes are stored. Its entries are not checked against those bytes; each object in it is also
 * stored by itself.
 */
export class StoredPack implements Pack {
  declare private readonly nominal: true
  readonly repository: RepositoryId
  readonly sha256: Sha256
  readonly entries: Pack["entries"]

  private constructor(repository: RepositoryId, { entries, sha256 }: Pack) {
    this.repository = repository
    this.sha256 = sha256
    this.entries = entries
  }

  static of(repository: RepositoryId, pack: Pack): StoredPack {
    return new StoredPack(repository, pack)
  }
}

export const stored = Stored.of
export const storedDocument = StoredDocument.of
export const storedPack = StoredPack.of
