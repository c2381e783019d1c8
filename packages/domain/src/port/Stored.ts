/**
 * Evidence that the canonical bytes of a value lie in the object store. An index row can be made from nothing else, so a
 * row without bytes does not type-check. Only `invariant/` makes evidence, from a store's receipt.
 */
import type { Commit } from "../object/Commit.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../object/Id.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import type { Root } from "../repository/Root.ts"
import type { Token } from "../repository/Token.ts"
import type { User } from "../repository/User.ts"

/** What an object of each type says, as far as the index is concerned. */
export interface ValueOf {
  readonly blob: null
  readonly snapshot: Snapshot
  readonly commit: Commit
}

declare const evidence: unique symbol

/** Evidence for an immutable object. */
export interface Stored<T extends ObjectType> {
  readonly [evidence]: "object"
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

/** Evidence for a document that can change: it lay in the store in this state. */
export interface StoredDocument<A extends Root | User | Token> {
  readonly [evidence]: "document"
  readonly value: A
  /** SHA-256 of the stored bytes. */
  readonly sha256: Sha256
}
