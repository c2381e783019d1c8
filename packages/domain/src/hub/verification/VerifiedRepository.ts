/** What verify has read of a repository, stored as `hub/verified/<repository id>`: a later run goes on there. */
import { Schema } from "effect"
import { RepositoryId, Sha256 } from "../../object/Id.ts"
import { StoredAmount } from "./StoredAmount.ts"

/** A complete reading without faults. */
const Completed = Schema.Struct({
  /** When it ended: ISO 8601, UTC. */
  at: Schema.String,
  /** The sequence of the root that was read. */
  sequence: Schema.Int
})

export const VerifiedRepository = Schema.Struct({
  repository: RepositoryId,
  /** The version of the hub that read last. */
  version: Schema.String,
  /** The last reading of all but the bytes of blobs. */
  objects: Schema.NullOr(Completed),
  /** The last reading of every byte; at the time when the pack was read that was read longest ago. */
  bytes: Schema.NullOr(Completed),
  /** The packs of which every byte was read and is right, and when. */
  packs: Schema.Array(Schema.Tuple([Sha256, Schema.String])),
  /** What it had in the store at the last reading without faults, under which name. */
  stored: Schema.optionalKey(Schema.Struct({ name: Schema.String, amount: StoredAmount }))
})
export type VerifiedRepository = typeof VerifiedRepository.Type
