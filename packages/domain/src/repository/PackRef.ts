/** How a root and a catalog name packs (docs/pack.md). */
import { Schema } from "effect"
import { BlobId, Sha256 } from "../object/Id.ts"

/** A pack by its name. Its size lets a reader find the directory at its end in one read. */
export const PackRef = Schema.Struct({
  sha256: Sha256,
  /** Bytes of the file. */
  size: Schema.Int,
  /** Count of the objects. */
  objects: Schema.Int
})
export type PackRef = typeof PackRef.Type

/** A list of packs that is stored by itself, so that the root stays small. It is named by the hash of its bytes. */
export const Catalog = Schema.Struct({ packs: Schema.Array(PackRef) })
export type Catalog = typeof Catalog.Type

/** What a collection is about to delete. It is stored by itself, and named by the hash of its bytes. */
export const CondemnedList = Schema.Struct({
  packs: Schema.Array(Sha256),
  /** Large blobs. */
  blobs: Schema.Array(BlobId)
})
export type CondemnedList = typeof CondemnedList.Type

/** Packs that the root lists itself. Beyond that, the mover of the root writes a catalog. */
export const recentPacksMax = 64
