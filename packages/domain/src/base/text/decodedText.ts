/** Text in files: UTF-8 without NUL near its beginning, as in git. */

/** The bytes at the beginning in which NUL makes a file binary. */
export const lookedAtBytes = 8 * 1024

/** Decodes a file, or its beginning, which may end within a character. Returns undefined if it is no text. */
export const decodedText = (bytes: Uint8Array, { isWhole = true } = {}): string | undefined => {
  if (bytes.subarray(0, lookedAtBytes).includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole })
  } catch (cause) {
    if (cause instanceof TypeError) return undefined
    throw cause
  }
}
