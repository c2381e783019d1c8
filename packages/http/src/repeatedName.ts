/** Finds names that an object of a JSON text has twice. `JSON.parse` keeps the last value and says nothing. */

const byte = { quote: 0x22, comma: 0x2c, backslash: 0x5c, openArray: 0x5b, closeArray: 0x5d, open: 0x7b, close: 0x7d }

/** Returns where the string ends that begins at `start`: the first quote after an even number of backslashes. */
const endOfString = (json: Uint8Array, start: number): number => {
  const isEscaped = (quote: number) => {
    let before = quote
    while (json[before - 1] === byte.backslash) before--
    return (quote - before) % 2 === 1
  }
  let end = json.indexOf(byte.quote, start + 1)
  while (isEscaped(end)) end = json.indexOf(byte.quote, end + 1)
  return end
}

/** Returns the text of a string between two quotes. Latin 1 is the fast way for what is ASCII. */
const textOf = (json: Buffer, start: number, end: number): string => {
  const text = json.toString("latin1", start + 1, end)
  return /[\\\x80-\xff]/.test(text) ? (JSON.parse(json.toString("utf8", start, end + 1)) as string) : text
}

/** Returns the first name that an object repeats, however it is escaped. The text must be valid JSON. */
export const repeatedName = (body: Uint8Array): string | undefined => {
  const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  /** The names of each open object so far; null for an open array. */
  const open: Array<Set<string> | null> = []
  let isName = false
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case byte.open:
        open.push(new Set())
        isName = true
        break
      case byte.openArray:
        open.push(null)
        isName = false
        break
      case byte.close:
      case byte.closeArray:
        open.pop()
        isName = false
        break
      case byte.comma:
        isName = true
        break
      case byte.quote: {
        const end = endOfString(json, at)
        const names = open.at(-1)
        if (isName && names instanceof Set) {
          const name = textOf(json, at, end)
          if (names.has(name)) return name
          names.add(name)
        }
        isName = false
        at = end
      }
    }
  }
  return undefined
}
