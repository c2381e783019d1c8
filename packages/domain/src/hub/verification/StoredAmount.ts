/** What a repository has in the store, or several together. */
import { Schema } from "effect"

export const StoredAmount = Schema.Struct({
  packs: Schema.Int,
  packBytes: Schema.Int,
  /** Large blobs. */
  blobs: Schema.Int,
  blobBytes: Schema.Int
})
export type StoredAmount = typeof StoredAmount.Type

export const nothingStored: StoredAmount = { packs: 0, packBytes: 0, blobs: 0, blobBytes: 0 }

export const addedAmounts = (one: StoredAmount, other: StoredAmount): StoredAmount => ({
  packs: one.packs + other.packs,
  packBytes: one.packBytes + other.packBytes,
  blobs: one.blobs + other.blobs,
  blobBytes: one.blobBytes + other.blobBytes
})

export const bytesOfAmount = ({ blobBytes, packBytes }: StoredAmount): number => packBytes + blobBytes
