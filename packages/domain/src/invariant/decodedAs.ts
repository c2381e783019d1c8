/** Checks that stored bytes decode to the object that their key names; anything else is damage. */
import { Result } from "effect"
import type { NotCanonical } from "../object/Frame.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { type ObjectKey, objectText } from "../port/StoreKey.ts"

/** Returns the decoded object, or fails with `ObjectCorrupt`. */
export const decodedAs = <A extends { readonly id: string }>(
  key: ObjectKey,
  decoded: Result.Result<A, NotCanonical>
): Result.Result<A, ObjectCorrupt> => {
  const damaged = (reason: string) => Result.fail(new ObjectCorrupt({ key: objectText(key), reason }))
  if (Result.isFailure(decoded)) return damaged(decoded.failure.message)
  return decoded.success.id === key.id
    ? Result.succeed(decoded.success)
    : damaged(`they are those of ${decoded.success.id}`)
}
