/**
 * JSON as Python's `json.dumps(value, indent=2)` writes it, the form of the files in a client's folder (docs/wire.md,
 * section 2): two spaces, ASCII only, members in the given order. Numbers have their canonical spelling, so that
 * reading a file back gives the same canonical bytes.
 */
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"

/** A JSON value whose objects may be maps, which keep the order of keys like "10" as well. */
export type Ordered = JsonValue | ReadonlyMap<string, Ordered> | ReadonlyArray<Ordered>

const unescaped = /[\u007f-\uffff]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

/** Writes a string as JSON in ASCII. */
export const asciiString = (text: string): string => JSON.stringify(text).replaceAll(unescaped, escaped)

const isList = (value: Ordered): value is ReadonlyArray<Ordered> => Array.isArray(value)

const membersOf = (value: ReadonlyMap<string, Ordered> | JsonObject): ReadonlyArray<readonly [string, Ordered]> =>
  value instanceof Map ? [...value] : Object.entries(value)

const block = (open: string, items: ReadonlyArray<string>, close: string, indent: string): string =>
  items.length === 0 ? open + close : `${open}\n${indent}  ${items.join(`,\n${indent}  `)}\n${indent}${close}`

const write = (value: Ordered, indent: string): string => {
  switch (typeof value) {
    case "string":
      return asciiString(value)
    case "bigint":
      return value.toString()
    case "number":
    case "boolean":
      return JSON.stringify(value)
    default: {
      if (value === null) return "null"
      const inner = `${indent}  `
      if (isList(value)) {
        const items = value.map((item) => write(item, inner))
        return block("[", items, "]", indent)
      }
      const members = membersOf(value).map(([key, member]) => `${asciiString(key)}: ${write(member, inner)}`)
      return block("{", members, "}", indent)
    }
  }
}

/** Writes the text of a file, with its final newline. */
export const pythonJson = (value: Ordered): string => `${write(value, "")}\n`
