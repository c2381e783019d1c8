/**
 * `config.toml` of a client's folder: the hubs of its remotes. Written in the client's form, and read in the subset of
 * TOML that the client writes (tables, and texts on one line); the rest of the file does not matter here.
 */
import { Option } from "effect"
import { asciiString } from "./json.ts"

export interface RemoteEntry {
  readonly name: string
  readonly url: string
  /** The remote's default branch. */
  readonly branch: string
}

const bareKey = /^[A-Za-z0-9_-]+$/

const keyText = (key: string): string => (bareKey.test(key) ? key : asciiString(key))

/**
 * Builds the file of a new clone. A string in ASCII JSON is also a basic string of TOML, except for DEL, which both
 * escape.
 */
export const configText = ({ name, url, branch }: RemoteEntry): string =>
  `[remotes.${keyText(name)}]\nurl = ${asciiString(url)}\nbranch = ${asciiString(branch)}\n`

const table = /^\s*\[\s*([^[\]]+?|.*"[^"]*"|.*'[^']*')\s*\]\s*(?:#.*)?$/
const urlLine = /^\s*(?:url|"url"|'url')\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:#.*)?$/

const textOf = (quoted: string): Option.Option<string> => {
  if (quoted.startsWith("'")) return Option.some(quoted.slice(1, -1))
  return Option.liftThrowable((json: string) => String(JSON.parse(json)))(quoted)
}

/** Returns the possible headers of a remote's table, without white space. */
const headersOf = (name: string): ReadonlyArray<string> => [
  ...(bareKey.test(name) ? [`remotes.${name}`] : []),
  `remotes.${asciiString(name)}`,
  `remotes.'${name}'`
]

/** Returns the URL of a remote; none if the file does not name it in a form that the client writes. */
export const remoteUrl = (config: string, name: string): Option.Option<string> => {
  const headers = new Set(headersOf(name))
  let inside = false
  for (const line of config.split(/\r?\n/)) {
    const header = table.exec(line)?.[1]
    if (header !== undefined) inside = headers.has(header.replace(/\s*\.\s*/, "."))
    const url = inside ? urlLine.exec(line)?.[1] : undefined
    if (url !== undefined) return textOf(url)
  }
  return Option.none()
}
