/**
 * The rows and files of a legacy hub, read and never written. Nothing here is checked against the id; `reconstruct.ts`
 * does that, and no row may be used without it.
 */
import { type BlobId, type CommitId, ObjectType, type SnapshotId } from "@musehub/domain/object/Id"
import type { JsonObject } from "@musehub/domain/object/Json"
import type { SnapshotClaim } from "@musehub/domain/object/Snapshot"
import { UnavailableReason } from "@musehub/domain/port/UnavailableReason"
import { Context, type Effect, type Option, Schema, type Stream } from "effect"

/** The legacy database or its folder cannot be read; `reason` says whether a retry may succeed. */
export class LegacyUnavailable extends Schema.TaggedError<LegacyUnavailable>()("LegacyUnavailable", {
  operation: Schema.String,
  reason: UnavailableReason
}) {
  override readonly cause = this.reason
  get kind() {
    return this.reason.kind
  }
  override get message() {
    return `the legacy hub's data failed at ${this.operation}`
  }
}

/** A row exists, but its content does not give its id. A retry does not help. */
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
  /** The size of the file in bytes. */
  readonly size: number
  /** The bytes; each run reads the file again. */
  readonly content: Stream.Stream<Uint8Array, LegacyUnavailable>
}

/** The result of looking up a row: none, its content, or the reason why it cannot be used. */
export type Answer<A> = Effect.Effect<Option.Option<A>, LegacyUnavailable | LegacyRowUnfit>

/**
 * Finds rows by their id alone: the legacy hub kept each id once, and `repo_id` names only the repository that pushed
 * it first (docs/wire.md, section 9). Access is decided earlier, by what the repository's heads reach.
 */
export class LegacyRecords extends Context.Service<
  LegacyRecords,
  {
    /**
     * Reads the commit's fields under the client's names (docs/wire.md, section 2), with `committed_at` as it was
     * hashed: UTC, six fraction digits or none. `author`, `branch` and `repo_id` may differ from what the client sent:
     * the legacy hub replaced an empty author by the pusher's name, the branch by the pushed one, and the repository by
     * its own, and kept no originals. The id covers none of the three.
     */
    readonly commit: (id: CommitId) => Answer<JsonObject>
    /** Reads the snapshot as its row claims it, with `createdAt` written like a commit's time. */
    readonly snapshot: (id: SnapshotId) => Answer<SnapshotClaim>
    /** Reads the file that the blob's row names, anywhere below the folder; the empty blob needs no row. */
    readonly blob: (id: BlobId) => Answer<LegacyBlob>
  }
>()("@musehub/adapter-legacy/LegacyRecords") {}
