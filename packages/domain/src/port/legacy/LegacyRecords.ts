/**
 * The objects of a legacy hub as its rows and files claim them, read and never written. Nothing here is checked against
 * an id; `usecase/operations/legacy` does that, and no claim may be used without it.
 */
import { Context, type Effect, type Result, Schema, type Stream } from "effect"
import { ObjectType, type SnapshotId } from "../../object/Id.ts"
import type { JsonObject } from "../../object/Json.ts"
import { UnavailableReason } from "../UnavailableReason.ts"

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

export interface LegacyCommit {
  /**
   * The commit's fields under the client's names (docs/wire.md, section 2), without `committed_at`. `author`, `branch`
   * and `repo_id` may differ from what the client sent: the legacy hub replaced an empty author by the pusher's name,
   * the branch by the pushed one, and the repository by its own, and kept no originals. The id covers none of the
   * three.
   */
  readonly fields: JsonObject
  /** The spellings of its time that may have been hashed, the most likely one first. */
  readonly times: Iterable<string>
}

/** A manifest as one column of a row has it: whole, or as a change of the manifest of another snapshot. */
export type ManifestForm =
  | { readonly _tag: "Whole"; readonly manifest: ReadonlyMap<string, unknown> }
  | { readonly _tag: "Delta"; readonly changed: ReadonlyMap<string, unknown>; readonly removed: ReadonlyArray<string> }

export interface LegacySnapshot {
  /** Written like a commit's time. */
  readonly createdAt: string | null
  /** What the columns of the row that are filled say, or why they cannot be read. */
  readonly forms: ReadonlyArray<Result.Result<ManifestForm, string>>
}

/** A blob that has a file. */
export interface LegacyBlob {
  /** The size of the file in bytes. */
  readonly size: number
  /** The bytes. Those of a small file were read with its row; each run of a stream reads the file again. */
  readonly content: Uint8Array | Stream.Stream<Uint8Array, LegacyUnavailable>
}

/** The content of rows by id, or the reason why a row cannot be used. An id without a row is absent. */
export type LegacyRows<A> = Effect.Effect<ReadonlyMap<string, Result.Result<A, string>>, LegacyUnavailable>

/**
 * Finds rows by their id alone: the legacy hub kept each id once, and `repo_id` names only the repository that pushed
 * it first (docs/wire.md, section 9). Access is decided earlier, by what the repository's heads reach. A call that asks
 * for many rows returns at least one of them, and leaves out what would take too much memory together.
 */
export class LegacyRecords extends Context.Service<
  LegacyRecords,
  {
    readonly commits: (ids: ReadonlyArray<string>) => LegacyRows<LegacyCommit>
    readonly snapshots: (ids: ReadonlyArray<string>) => LegacyRows<LegacySnapshot>
    /** Lists the snapshots that a delta may be against: those of the first parents of the commits of this snapshot. */
    readonly basesOf: (id: SnapshotId) => Effect.Effect<ReadonlyArray<string>, LegacyUnavailable>
    /** Reads the file that a blob's row names, anywhere below the folder; the empty blob needs no row. */
    readonly blobs: (ids: ReadonlyArray<string>) => LegacyRows<LegacyBlob>
  }
>()("@musehub/domain/port/legacy/LegacyRecords") {}
