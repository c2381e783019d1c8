/** Finds the functions of use cases that can move a root: directly, or by calling another one that does. */
import { posix } from "node:path"

/** Sources by path below `usecase`. */
export type Sources = ReadonlyMap<string, string>

const imports = /^import \{([^}]*)\} from "(\.[^"]+)"/gm
const functions = /^export const (\w+) = (?:Effect\.fn|[(<])/gm

/** Returns the files that a source imports functions from. */
const calledBy = (file: string, text: string): ReadonlyArray<string> =>
  [...text.matchAll(imports)]
    .filter(([, names = ""]) => names.split(",").some((name) => /^[a-z]/.test(name.trim().replace(/^type .*/, ""))))
    .map(([, , from = ""]) => posix.join(posix.dirname(file), from))

const movingFiles = (sources: Sources): ReadonlySet<string> => {
  const moving = new Set(
    [...sources].flatMap(([file, text]) => (/\broots\.(?:move|create)\b/.test(text) ? [file] : []))
  )
  for (let before = -1; before !== moving.size;) {
    before = moving.size
    for (const [file, text] of sources) if (calledBy(file, text).some((called) => moving.has(called))) moving.add(file)
  }
  return moving
}

/** Returns the names of the exported functions of all files that can move a root. */
export const movingUseCases = (sources: Sources): ReadonlyArray<string> =>
  [...movingFiles(sources)].flatMap((file) =>
    [...(sources.get(file) ?? "").matchAll(functions)].map(([, name = ""]) => name)
  )
