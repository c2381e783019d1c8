/**
 * Receipts say where each commit and snapshot of a legacy hub was put. They are made of the directories of packs, and
 * are given out before a root names the packs: so nothing is visible that has none.
 */
import { Schema } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"
import type { CommitId, Sha256, SnapshotId } from "../../../object/Id.ts"
import { storedOffset } from "../../../pack/PackedObject.ts"
import type { StoredPack } from "../../../port/Stored.ts"

export interface Receipt {
  readonly type: "commit" | "snapshot"
  readonly id: CommitId | SnapshotId
  readonly pack: Sha256
  /** Position of the block in the pack, counted from 0. */
  readonly block: number
  /** Where the stored bytes begin in the content of the block. */
  readonly offset: number
  /** Count of the stored bytes. */
  readonly size: number
  /** SHA-256 of the stored bytes. */
  readonly sha256: Sha256
}

/** Receipts cannot be kept where they were asked for. */
export class ReceiptsUnwritten extends Schema.TaggedError<ReceiptsUnwritten>()("ReceiptsUnwritten", {
  kind: errorKind("refused"),
  cause: Schema.Defect()
}) {
  override get message() {
    return "the receipts cannot be written, so nothing more is taken over"
  }
}

/** Yields the receipts of a pack. */
export const receiptsOf = function* ({ directory, ref }: StoredPack): Generator<Receipt, void> {
  for (const object of directory) {
    const { block, id, sha256, size, type } = object
    if (type === "blob") continue
    yield { type, id, pack: ref.sha256, block, offset: storedOffset(object), size, sha256 }
  }
}
