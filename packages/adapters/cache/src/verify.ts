/**
 * Only bytes that match their id are cached. Otherwise damage that the store once returned would be served until the
 * hub restarts, even after its repair.
 */
import { openCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { openSnapshot } from "@musehub/domain/object/Snapshot"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Result } from "effect"

/** Says whether the bytes have the id of the key. */
export const verify = (key: ObjectKey, bytes: Uint8Array): boolean => {
  if (key.type === "blob") return sha256(bytes) === (key.id as string)
  const record: Result.Result<{ readonly id: string }, unknown> =
    key.type === "commit" ? openCommit(bytes) : openSnapshot(bytes)
  return Result.isSuccess(record) && record.success.id === key.id
}
