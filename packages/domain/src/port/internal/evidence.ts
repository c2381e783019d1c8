/**
 * The classes of evidence and their makers, for `invariant/` alone. Outside this file the classes are only types
 * (`Stored.ts`), so they cannot be constructed or extended there.
 */
import { elementAt } from "../../base/expected.ts"
import type { PublishedDomain } from "../../hub/PublishedDomain.ts"
import type { SignIns } from "../../hub/SignIns.ts"
import type { Token } from "../../hub/Token.ts"
import type { User } from "../../hub/User.ts"
import type { Commit } from "../../object/Commit.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { Annotation } from "../../repository/Annotation.ts"
import type { PackDirectory } from "../../pack/PackDirectory.ts"
import type { PackedObject } from "../../pack/PackedObject.ts"
import type { PackRef } from "../../repository/PackRef.ts"
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
  /** Where the bytes are: the adapter's locator of a large blob, or that of a pack with the place in it. */
  readonly storageUri: string
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

  private constructor(fields: StoredFields<T>) {
    this.repository = fields.repository
    this.type = fields.type
    this.id = fields.id
    this.value = fields.value
    this.size = fields.size
    this.sha256 = fields.sha256
    this.storageUri = fields.storageUri
  }

  static of<T extends ObjectType>(fields: StoredFields<T>): Stored<T> {
    return new Stored(fields)
  }
}

export type StoredDocumentValue = Root | Proposal | Annotation | User | Token | SignIns | PublishedDomain

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

/** Evidence for a pack: its bytes are stored, and this is the directory at their end. */
export class StoredPack {
  declare private readonly nominal: true
  readonly repository: RepositoryId
  readonly ref: PackRef
  readonly directory: PackDirectory
  /** Opaque locator, read only by the adapter that made it. */
  readonly storageUri: string

  private constructor(fields: StoredPackFields) {
    this.repository = fields.repository
    this.ref = fields.ref
    this.directory = fields.directory
    this.storageUri = fields.storageUri
  }

  /** Says where a block of the directory is: the locator of the pack and the start of the block. */
  uriOfBlock(block: number): string {
    return `${this.storageUri}#${elementAt(this.directory.blocks, block).start}`
  }

  /** Says where an object of the directory is: the locator of its block, and its offset there. */
  uriOf({ block, offset }: Pick<PackedObject, "block" | "offset">): string {
    return `${this.uriOfBlock(block)}+${offset}`
  }

  static of(fields: StoredPackFields): StoredPack {
    return new StoredPack(fields)
  }
}

/** The fields of evidence for a pack. */
export interface StoredPackFields {
  readonly repository: RepositoryId
  readonly ref: PackRef
  readonly directory: PackDirectory
  readonly storageUri: string
}

export const stored = Stored.of
export const storedDocument = StoredDocument.of
export const storedPack = StoredPack.of
