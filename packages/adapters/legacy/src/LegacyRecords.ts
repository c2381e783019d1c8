/**
 * What a legacy hub knows of an object: its rows and its folder of files, read and never written. Nothing here is
 * checked against the id; `reconstruct.ts` does that, and nobody else may use a row.
 */
import { type BlobId, type CommitId, ObjectType, type SnapshotId } from "@musehub/domain/object/Id"
import type { JsonObject } from "@musehub/domain/object/Json"
import type { SnapshotClaim } from "@musehub/domain/object/Snapshot"
import { UnavailableReason } from "@musehub/domain/port/UnavailableReason"
import { Context, type Effect, type Option, Schema, type Stream } from "effect"

/** The legacy database or its folder could not be asked; `reason` says whether the same call may succeed later. */
export class LegacyUnavailable extends Schema.TaggedError<LegacyUnavailable>()("LegacyUnavailable", {
  operation: Schema.String,
  reason: UnavailableReason
}) {
  override readonly cause = this.reason
  override get message() {
    return `the legacy hub's data failed at ${this.operation}`
  }
}

/** There is a row, but no object can be made of it whose content gives this id. Trying again does not help. */
export class LegacyRowUnfit extends Schema.TaggedError<LegacyRowUnfit>()("LegacyRowUnfit", {
  type: ObjectType,
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the legacy row of ${this.type} ${this.id} cannot be used: ${this.reason}`
  }
}

/** A blob that has a file. */
export interface LegacyBlob {
  /** Count of the file's bytes. */
  readonly size: number
  /** The bytes; each run reads the file anew. */
  readonly content: Stream.Stream<Uint8Array, LegacyUnavailable>
}

/** What a row answers: nothing, what it holds, or why it cannot be used. */
export type Answer<A> = Effect.Effect<Option.Option<A>, LegacyUnavailable | LegacyRowUnfit>

/**
 * Rows are found by their id alone: the legacy hub kept each id once, and names in `repo_id` only who pushed it first
 * (docs/wire.md, section 9). Who may see an object is decided before, by what the repository's heads lead to.
 */
export class LegacyRecords extends Context.Service<
  LegacyRecords,
  {
    /**
     * The commit's fields under the client's names (docs/wire.md, section 2), `committed_at` as it was hashed: UTC,
     * six fraction digits or none. Not what the client sent in `author`, `branch` and `repo_id`: the legacy hub
     * replaced an empty author by the pusher's name, the branch by the one that was pushed to, and the repository by
     * its own, and the originals are gone. The id covers none of the three.
     */
    readonly commit: (id: CommitId) => Answer<JsonObject>
    /** The snapshot as its row claims it, `createdAt` written like a commit's time. */
    readonly snapshot: (id: SnapshotId) => Answer<SnapshotClaim>
    /** The file that the blob's row names, wherever below the folder it lies; the empty blob has no need of one. */
    readonly blob: (id: BlobId) => Answer<LegacyBlob>
  }
>()("@musehub/adapter-legacy/LegacyRecords") {}
