/** The hashes of a symbol's text. White space at the ends of lines, empty lines and the indentation of all are free. */
import { hash } from "node:crypto"

const isBlank = (line: string): boolean => line.trim() === ""

/** Moves a text to the left as far as all its lines but the first allow. */
const dedented = (text: string): string => {
  const [first = "", ...rest] = text.split(/\r\n|\r|\n/)
  const lines = rest.filter((line) => !isBlank(line))
  const indent = lines.reduce((least, line) => Math.min(least, line.length - line.trimStart().length), text.length)
  return [first.trim(), ...lines.map((line) => line.slice(indent).trimEnd())].join("\n")
}

export const bodyHashOf = (text: string): string => hash("sha256", dedented(text), "hex")

export const signatureHashOf = (text: string): string => hash("sha256", text.replaceAll(/\s+/g, " ").trim(), "hex")
