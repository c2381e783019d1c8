/** Decodes padded base64 in its canonical form; undefined for anything else. */
export const base64Of = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined
}
