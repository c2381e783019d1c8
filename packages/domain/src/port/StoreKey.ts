/**
 * Keys in the object store. Every key is built here from checked parts, so a request's text never becomes a path.
 *
 *     repositories/<id>/packs/<sha256>                   immutable; commits, snapshots and small blobs, many in one
 *     repositories/<id>/blobs/<id>                       immutable; a larger blob
 *     repositories/<id>/uploads/<blob id>                bytes that a client wrote directly; untrusted until hashed
 *     repositories/<id>/root                             replaced by compare-and-set
 *     repositories/<id>/history/<sequence>               earlier roots
 *     repositories/<id>/proposals/<number>               proposals to merge, with their discussion
 *     repositories/<id>/annotations/<commit id>          remarks added to an existing commit
 *     repositories/<id>/{catalogs,refs,tags,releases,condemned}/<sha256>  records that the root names
 *     hub/{names,users,tokens,…}/<name>                  documents that belong to no repository
 */
import { Schema } from "effect"
import type { BlobId, CommitId, IdOf, ObjectType, RepositoryId, Sha256 } from "../object/Id.ts"
import type { DocumentName } from "../repository/Names.ts"

/**
 * The types of what is put once, under an id that is computed from its bytes, and never changes.
 */
export const ImmutableType = Schema.Literals(["blob", "pack"])
export type ImmutableType = typeof ImmutableType.Type

/** The id of each immutable type, which is the hash of its bytes. */
export interface ImmutableIdOf {
  readonly blob: BlobId
  readonly pack: Sha256
}

/** The key of something immutable of one repository. */
export type ImmutableKey<T extends ImmutableType = ImmutableType> = {
  readonly [K in T]: { readonly repository: RepositoryId; readonly type: K; readonly id: ImmutableIdOf[K] }
}[T]

/** The name of an object of a repository's history, which is in a pack or, if it is a large blob, under its own key. */
export type ObjectKey<T extends ObjectType = ObjectType> = {
  readonly [K in T]: { readonly repository: RepositoryId; readonly type: K; readonly id: IdOf[K] }
}[T]

/** Says in a text which object is meant. */
export const objectText = ({ id, repository, type }: ObjectKey): string => `${type} ${id} of repository ${repository}`

/** The staging key of a blob that a client uploads past the hub. */
export interface UploadKey {
  readonly repository: RepositoryId
  readonly id: BlobId
}

/** Kinds of documents that belong to the hub as a whole. */
export const HubCollection = Schema.Literals([
  "names",
  "users",
  "tokens",
  "sessions",
  "domains",
  "requests",
  "probe",
  "format",
  "identity",
  "secret",
  "verified",
  "verification",
  "drill",
  "collections",
  "deletions"
])
export type HubCollection = typeof HubCollection.Type

/** Records that never change and are stored under the hash of their bytes; the root names them. */
export type RecordKind = "catalog" | "refs" | "tag" | "release" | "condemned"

const documentFolders = {
  history: "history",
  proposal: "proposals",
  annotation: "annotations",
  catalog: "catalogs",
  refs: "refs",
  tag: "tags",
  release: "releases",
  condemned: "condemned"
} as const

/** A small document that is created or replaced under a condition. */
export type DocumentKey =
  | { readonly kind: "root"; readonly repository: RepositoryId }
  | { readonly kind: "history"; readonly repository: RepositoryId; readonly sequence: number }
  | { readonly kind: "proposal"; readonly repository: RepositoryId; readonly number: number }
  | { readonly kind: "annotation"; readonly repository: RepositoryId; readonly commit: CommitId }
  | { readonly kind: RecordKind; readonly repository: RepositoryId; readonly sha256: Sha256 }
  | { readonly kind: "hub"; readonly collection: HubCollection; readonly name: DocumentName }

/** Documents that can be listed. */
export type DocumentCollection =
  | { readonly kind: keyof typeof documentFolders; readonly repository: RepositoryId }
  | { readonly kind: "hub"; readonly collection: HubCollection }

const folderOf: { readonly [T in ImmutableType]: string } = { blob: "blobs", pack: "packs" }

/** Returns the folder of everything of one immutable type in a repository; ends in `/`. */
export const immutableFolder = (repository: RepositoryId, type: ImmutableType): string =>
  `repositories/${repository}/${folderOf[type]}/`

export const immutablePath = (key: ImmutableKey): string => immutableFolder(key.repository, key.type) + key.id

/** Returns the folder of what clients upload to a repository; ends in `/`. */
export const uploadFolder = (repository: RepositoryId): string => `repositories/${repository}/uploads/`

export const uploadPath = (key: UploadKey): string => uploadFolder(key.repository) + key.id

/** Returns the folder of a collection; ends in `/`. */
export const collectionFolder = (collection: DocumentCollection): string =>
  collection.kind === "hub"
    ? `hub/${collection.collection}/`
    : `repositories/${collection.repository}/${documentFolders[collection.kind]}/`

/** Sequences are padded to 16 digits and proposals to 10, so that text order is numeric order. */
const sequenceDigits = 16
const numberDigits = 10

export const documentPath = (key: DocumentKey): string => {
  switch (key.kind) {
    case "root":
      return `repositories/${key.repository}/root`
    case "history":
      return collectionFolder(key) + String(key.sequence).padStart(sequenceDigits, "0")
    case "proposal":
      return collectionFolder(key) + String(key.number).padStart(numberDigits, "0")
    case "annotation":
      return collectionFolder(key) + key.commit
    case "catalog":
    case "refs":
    case "tag":
    case "release":
    case "condemned":
      return collectionFolder(key) + key.sha256
    case "hub":
      return collectionFolder(key) + key.name
  }
}
