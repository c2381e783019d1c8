/** The only maker of `CanonicalObject`, for the codecs of this folder. The import check keeps everyone else out. */
import type { CanonicalObject } from "../CanonicalObject.ts"
import type { ObjectType } from "../Id.ts"

export const seal = <T extends ObjectType>(
  object: Pick<CanonicalObject<T>, "type" | "id" | "size" | "sha256" | "content">
): CanonicalObject<T> => object as CanonicalObject<T>
