/**
 * Elements of typed arrays that must be there, like `elementAt`. One function for each kind, since the engine makes a
 * plain read of one that sees a single kind; in a loop over millions of bytes that decides.
 */

const absent = (list: ArrayLike<number>, place: number) =>
  new Error(`expected a number at ${place} of ${list.length}, which is absent`)

export const byteAt = (bytes: Uint8Array, place: number): number => {
  const byte = bytes[place]
  if (byte === undefined) throw absent(bytes, place)
  return byte
}

export const wordAt = (words: Uint32Array, place: number): number => {
  const word = words[place]
  if (word === undefined) throw absent(words, place)
  return word
}

export const signedWordAt = (words: Int32Array, place: number): number => {
  const word = words[place]
  if (word === undefined) throw absent(words, place)
  return word
}
