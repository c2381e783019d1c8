/**
 * `config.toml` of a client's folder: which hub a remote stands for. Written in the client's form; read in the subset
 * of TOML that it writes (tables, and texts on one line), since everything else in the file is no business of ours.
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

/** The file of a new clone. A text in ASCII JSON is a basic string of TOML, but for DEL, which both escape. */
export const configText = ({ name, url, branch }: RemoteEntry): string =>
  `[remotes.${keyText(name)}]\nurl = ${asciiString(url)}\nbranch = ${asciiString(branch)}\n`

const table = /^\s*\[\s*([^[\]]+?|.*"[^"]*"|.*'[^']*')\s*\]\s*(?:#.*)?$/
const urlLine = /^\s*(?:url|"url"|'url')\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:#.*)?$/

const textOf = (quoted: string): Option.Option<string> => {
  if (quoted.startsWith("'")) return Option.some(quoted.slice(1, -1))
  return Option.liftThrowable((json: string) => String(JSON.parse(json)))(quoted)
}

/** The spellings of a table's header for a remote, white space left out. */
const headersOf = (name: string): ReadonlyArray<string> => [
  ...(bareKey.test(name) ? [`remotes.${name}`] : []),
  `remotes.${asciiString(name)}`,
  `remotes.'${name}'`
]

/** The URL of a remote; none when the file does not name it, or not in a form that the client writes. */
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
