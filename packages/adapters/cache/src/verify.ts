/**
 * Only bytes that match a hash are cached. Otherwise damage that the store once returned would be served until the hub
 * restarts, even after its repair.
 */
import { inSlices, type Slices } from "@musehub/domain/base/Slices"
import { hashing } from "@musehub/domain/object/Digest"
import { readingTail } from "@musehub/domain/pack/packTail"
import { type Effect, Result } from "effect"
import type { Item } from "./Item.ts"

const verifying = function* ({ key, range }: Item, bytes: Uint8Array): Slices<boolean> {
  if (range === undefined) {
    const hash: string = yield* hashing(bytes)
    return hash === key.id
  }
  const { end, parts } = range
  if (parts === undefined) return Result.isSuccess(yield* readingTail(bytes, end))
  let start = 0
  for (const part of parts) {
    if (start > 0) yield
    const hash = yield* hashing(bytes.subarray(start, (start += part.length)))
    if (hash !== part.sha256) return false
  }
  return start === bytes.byteLength
}

/** Says whether the bytes are those of the item. The end of a pack carries its own hash. */
export const verify = (item: Item, bytes: Uint8Array): Effect.Effect<boolean> => inSlices(() => verifying(item, bytes))
