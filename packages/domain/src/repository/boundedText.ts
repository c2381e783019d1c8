/** Free text from outside, bounded, and valid Unicode: half a surrogate pair has no UTF-8 and cannot be stored. */
import { Schema } from "effect"

/** Text of so many UTF-16 units. */
export const boundedText = (charactersMax: number, charactersMin = 0) =>
  Schema.String.check(
    Schema.isMinLength(charactersMin),
    Schema.isMaxLength(charactersMax),
    Schema.makeFilter((text) => text.isWellFormed() || "is not valid Unicode")
  )
