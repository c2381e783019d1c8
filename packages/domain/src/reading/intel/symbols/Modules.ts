/** Which files import which, as far as that follows from what they write: by the names of files and folders. */
import { orDefault } from "../../../base/expected.ts"

/** The suffixes of files whose folder is what others import. */
const ofFolders = /\.(?:cs|go|java)$/
/** The names of files that are imported by their folder. */
const folderNames = new Set(["__init__", "index", "lib", "mod"])
const suffix = /\.[A-Za-z]{1,4}$/

/** Returns the names in an import that a file or a folder may have. */
const namesIn = (imported: string): ReadonlyArray<string> => {
  const parts = imported.split(/[\\/]/)
  if (parts.length === 1) return imported.match(/[\p{L}\p{N}_$-]+/gu) ?? noNames
  // The others are where it is.
  const last = orDefault(parts.at(-1), "")
  return [last, last.replace(suffix, "")]
}

const noNames: ReadonlyArray<string> = []

/** Returns the names under which a file may be imported. */
const namesOf = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/")
  const file = orDefault(parts.at(-1), "")
  const name = file.replace(suffix, "")
  const folder = parts.at(-2)
  const isFolder = folder !== undefined && (ofFolders.test(file) || folderNames.has(name))
  return isFolder ? [name, folder] : [name]
}

/** Returns the names that a file imports. */
export const importedNames = (imports: ReadonlyArray<string>): ReadonlySet<string> => new Set(imports.flatMap(namesIn))

/** Returns whether the file at a path may be one of the names that another one imports. */
export const isAmong = (imported: ReadonlySet<string>, path: string): boolean =>
  namesOf(path).some((name) => imported.has(name))

export class Modules {
  /** By name, the file that imports it; null if there are several. */
  readonly #importers = new Map<string, string | null>()

  /** Adds what a file imports. */
  add(path: string, imports: ReadonlyArray<string>): void {
    for (const imported of imports) {
      for (const name of namesIn(imported)) {
        const known = this.#importers.get(name)
        this.#importers.set(name, known === undefined || known === path ? path : null)
      }
    }
  }

  /** Returns whether another file imports this one. */
  isImported(path: string): boolean {
    return namesOf(path).some((name) => {
      const importer = this.#importers.get(name)
      return importer !== undefined && importer !== path
    })
  }
}
