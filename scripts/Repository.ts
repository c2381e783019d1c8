/** The files of this repository, as its checks see them, and what they find. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** What is wrong, and where. `line` counts from one; none means the whole file or folder. */
export interface Fault {
  readonly file: string
  readonly line?: number
  readonly reason: string
}

const source = /\.(ts|mjs|cjs)$/
/** Recorded data, whatever it looks like. */
const recorded = "test/vectors/"

export class Repository {
  readonly #files: ReadonlyArray<string>
  readonly #paths: ReadonlySet<string>
  readonly #read: (file: string) => string

  /** Paths are relative to the top, with slashes. */
  constructor(files: ReadonlyArray<string>, read: (file: string) => string) {
    this.#files = files.filter((file) => !file.startsWith(recorded))
    this.#paths = new Set(files.flatMap(withFolders))
    this.#read = read
  }

  /** Whether there is such a file or folder. */
  has(path: string): boolean {
    return this.#paths.has(path.replace(/\/$/, ""))
  }

  read(file: string): string {
    return this.#read(file)
  }

  /** Every file but recorded data. */
  get files(): ReadonlyArray<string> {
    return this.#files
  }

  get documents(): ReadonlyArray<string> {
    return this.#files.filter((file) => file.endsWith(".md"))
  }

  get sources(): ReadonlyArray<string> {
    return this.#files.filter((file) => source.test(file))
  }
}

/** A file's path and those of the folders around it. */
const withFolders = (file: string): ReadonlyArray<string> => {
  const segments = file.split("/")
  return segments.map((_, place) => segments.slice(0, place + 1).join("/"))
}

/** Opens the repository in a folder, without what its `.gitignore` lists as folders. */
export const openRepository = (top: string): Repository => {
  const ignored = new Set([".git", "node_modules/", ...readFileSync(join(top, ".gitignore"), "utf8").split("\n")])
  const filesIn = (folder: string): ReadonlyArray<string> =>
    readdirSync(join(top, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (!entry.isDirectory()) return ignored.has(entry.name) ? [] : [path]
      return ignored.has(entry.name) || ignored.has(`${entry.name}/`) ? [] : filesIn(path)
    })
  return new Repository(filesIn(""), (file) => readFileSync(join(top, file), "utf8"))
}

/** The line of a place in a text. */
export const lineAt = (text: string, place: number): number => text.slice(0, place).split("\n").length

/** Prints what was found, and ends the process with 1 if there was anything. */
export const report = (faults: ReadonlyArray<Fault>): void => {
  for (const { file, line, reason } of faults) {
    process.stdout.write(`${line === undefined ? file : `${file}:${line}`}: ${reason}\n`)
  }
  process.exitCode = faults.length === 0 ? 0 : 1
}
