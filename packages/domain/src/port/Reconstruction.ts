/**
 * A source of objects that the store lacks, such as a legacy database before its backfill. The readers that serve
 * objects ask it after the store (`invariant/servedObjects`). Evidence and packs are made from the store alone, so no
 * row and no pack describes an object that is not stored.
 */
import { Context, Effect, Option, type Stream } from "effect"
import type { StoreUnavailable } from "./ObjectStore.ts"
import type { ObjectKey } from "./StoreKey.ts"

/** An object that was made from another source. Its bytes give its id. */
export interface Reconstructed {
  /** Count of the bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, StoreUnavailable>
}

/** Finds nothing unless a layer provides a source. */
export const Reconstruction = Context.Reference<{
  readonly find: (key: ObjectKey) => Effect.Effect<Option.Option<Reconstructed>, StoreUnavailable>
}>("@musehub/domain/port/Reconstruction", { defaultValue: () => noReconstruction })

const noReconstruction = { find: () => Effect.succeed(Option.none<Reconstructed>()) }
