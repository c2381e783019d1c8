/**
 * Evidence that the canonical bytes of a value lie in the object store. An index row can be made from nothing else,
 * so a row without bytes does not type-check. Only `invariant/` makes evidence, from a store's receipt. The classes
 * are nominal: neither a literal nor a changed copy (`{ ...stored, value }`) is evidence.
 */
import type { Commit } from "../object/Commit.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../object/Id.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import type { Annotation } from "../repository/Annotation.ts"
import type { Pack } from "../repository/Pack.ts"
import type { Proposal } from "../repository/Proposal.ts"
import type { Root } from "../repository/Root.ts"
import type { Token } from "../hub/Token.ts"
import type { User } from "../hub/User.ts"

/** What an object of each type says, as far as the index is concerned. */
export interface ValueOf {
  readonly blob: null
  readonly snapshot: Snapshot
  readonly commit: Commit
}

/** What is known of an immutable object whose bytes are stored. */
export interface StoredFields<T extends ObjectType> {
  readonly repository: RepositoryId
  readonly type: T
  readonly id: IdOf[T]
  readonly value: ValueOf[T]
  /** Count of the stored bytes. */
  readonly size: number
  /** SHA-256 of the stored bytes; verify compares it, since a commit's id leaves some fields out. */
  readonly sha256: Sha256
  /** Where the bytes lie: opaque, only the adapter that made it reads it. */
  readonly storageUri: string
  /** Whether this very write brought the bytes in; false when they were there before. */
  readonly created: boolean
}

/** Evidence for an immutable object. */
export abstract class Stored<T extends ObjectType> implements StoredFields<T> {
  declare protected readonly nominal: true
  readonly repository: RepositoryId
  readonly type: T
  readonly id: IdOf[T]
  readonly value: ValueOf[T]
  readonly size: number
  readonly sha256: Sha256
  readonly storageUri: string
  readonly created: boolean

  protected constructor(fields: StoredFields<T>) {
    this.repository = fields.repository
    this.type = fields.type
    this.id = fields.id
    this.value = fields.value
    this.size = fields.size
    this.sha256 = fields.sha256
    this.storageUri = fields.storageUri
    this.created = fields.created
  }
}

export type StoredDocumentValue = Root | Proposal | Annotation | User | Token

/** Evidence for a document that can change: it lay in the store in this state. */
export abstract class StoredDocument<A extends StoredDocumentValue> {
  declare protected readonly nominal: true
  readonly value: A
  /** SHA-256 of the stored bytes. */
  readonly sha256: Sha256

  protected constructor(value: A, sha256: Sha256) {
    this.value = value
    this.sha256 = sha256
  }
}

/**
 * Evidence for a pack: its bytes lie in the store. What they hold is the word of whoever made them, and each object of
 * it is in the store by itself.
 */
export abstract class StoredPack implements Pack {
  declare protected readonly nominal: true
  readonly repository: RepositoryId
  readonly sha256: Sha256
  readonly entries: Pack["entries"]

  protected constructor(repository: RepositoryId, { entries, sha256 }: Pack) {
    this.repository = repository
    this.sha256 = sha256
    this.entries = entries
  }
}
