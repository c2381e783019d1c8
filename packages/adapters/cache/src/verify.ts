/**
 * Only bytes that match a hash are cached. Otherwise damage that the store once returned would be served until the hub
 * restarts, even after its repair.
 */
import { sha256 } from "@musehub/domain/object/Digest"
import { readTail } from "@musehub/domain/pack/packTail"
import { Result } from "effect"
import type { Item } from "./Item.ts"

/** Says whether the bytes are those of the item. The end of a pack carries its own hash. */
export const verify = ({ key, range }: Item, bytes: Uint8Array): boolean => {
  if (range === undefined) return sha256(bytes) === (key.id as string)
  const { end, parts } = range
  if (parts === undefined) return Result.isSuccess(readTail(bytes, end))
  let start = 0
  const isWhole = parts.every((part) => {
    const hash = sha256(bytes.subarray(start, (start += part.length)))
    return hash === part.sha256
  })
  return isWhole && start === bytes.byteLength
}
