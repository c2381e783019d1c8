/** The only maker of `CanonicalObject`, for the codecs of this folder. The import check keeps everyone else out. */
import { type CanonicalFields, CanonicalObject } from "../CanonicalObject.ts"
import type { ObjectType } from "../Id.ts"

class Sealed<T extends ObjectType> extends CanonicalObject<T> {
  static of<T extends ObjectType>(fields: CanonicalFields<T>): CanonicalObject<T> {
    return new Sealed(fields)
  }
}

export const seal = <T extends ObjectType>(fields: CanonicalFields<T>): CanonicalObject<T> => Sealed.of(fields)
