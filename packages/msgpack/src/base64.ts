/** Decodes padded base64 in its canonical form; undefined for anything else. */
export const base64Of = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64")
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  // Node passes over other characters, so their bytes are missing; it takes those of base64url, too.
  const isWhole = text.length % 4 === 0 && bytes.byteLength === (text.length / 4) * 3 - padding
  if (!isWhole || text.includes("-") || text.includes("_") || Buffer.byteLength(text) !== text.length) return undefined
  // Unused bits of the last group must be zero.
  const last = bytes.subarray(Math.max(0, bytes.byteLength - (3 - padding)))
  if (last.toString("base64") !== text.slice(-4)) return undefined
  const isAlone = bytes.byteLength === bytes.buffer.byteLength
  return isAlone ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
}
