/**
 * Returns at most the first `lengthMax` UTF-16 units of a text, for messages. The result is valid Unicode: a half of a
 * surrogate pair at its end is left out, and one elsewhere becomes U+FFFD.
 */
export const cut = (text: string, lengthMax: number): string =>
  (text.length > lengthMax ? text.slice(0, lengthMax).replace(/[\uD800-\uDBFF]$/, "") : text).toWellFormed()
