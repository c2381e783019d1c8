/** Free text from outside: bounded and valid Unicode. Half a surrogate pair has no UTF-8 form and cannot be stored. */
import { Schema } from "effect"

/** Makes the schema of a text of `charactersMin` to `charactersMax` UTF-16 units. */
export const boundedText = (charactersMax: number, charactersMin = 0) =>
  Schema.String.check(
    Schema.isMinLength(charactersMin),
    Schema.isMaxLength(charactersMax),
    Schema.makeFilter((text) => text.isWellFormed() || "is not valid Unicode")
  )
