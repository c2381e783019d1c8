/**
 * Prints a value as indented JSON, up to some length: of one that is much larger than what is shown, the rest is not
 * looked at.
 */
export const jsonText = (value: unknown, lengthMax: number): string => {
  let text = ""
  const isFull = () => text.length >= lengthMax

  const printAll = (
    [open, close]: string,
    entries: Iterable<readonly [label: string, value: unknown]>,
    indent: string
  ): void => {
    const inner = `${indent}  `
    const start = text.length
    for (const [label, entry] of entries) {
      if (isFull()) return
      text += `${text.length === start ? open : ","}\n${inner}${label}`
      print(entry, inner)
    }
    text += text.length === start ? `${open}${close}` : `\n${indent}${close}`
  }

  const quoted = (part: string): string => JSON.stringify(part.slice(0, lengthMax))

  const print = (present: unknown, indent: string): void => {
    if (Array.isArray(present)) printAll("[]", labelled(present), indent)
    else if (typeof present === "object" && present !== null) printAll("{}", named(present, quoted), indent)
    else text += typeof present === "string" ? quoted(present) : String(present)
  }

  print(value, "")
  return text.slice(0, lengthMax)
}

function* labelled(items: ReadonlyArray<unknown>): Generator<readonly [string, unknown]> {
  for (const item of items) yield ["", item]
}

function* named(object: object, quoted: (name: string) => string): Generator<readonly [string, unknown]> {
  for (const name of Object.keys(object)) yield [`${quoted(name)}: `, (object as Record<string, unknown>)[name]]
}
