/**
 * Only bytes that give their id are cached: damage that the store once answered with would else outlive its repair for
 * as long as the hub runs.
 */
import { openCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { openSnapshot } from "@musehub/domain/object/Snapshot"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Result } from "effect"

/** Whether the id of the key comes out of the bytes. */
export const verify = (key: ObjectKey, bytes: Uint8Array): boolean => {
  if (key.type === "blob") return sha256(bytes) === (key.id as string)
  const record: Result.Result<{ readonly id: string }, unknown> =
    key.type === "commit" ? openCommit(bytes) : openSnapshot(bytes)
  return Result.isSuccess(record) && record.success.id === key.id
}
