/**
 * Warnings about names that are accepted, though some file systems cannot hold both of them: branches, which are files
 * in a clone, and paths (docs/names.md, "Names that look alike").
 */
import { Schema } from "effect"
import { orDefault } from "../base/expected.ts"
import { differenceOf, type LookAlikes, lookAlikes, spellings } from "../base/text/lookAlikes.ts"
import { sliceEntries, type Slices } from "../base/Slices.ts"
import type { Manifest } from "../object/Manifest.ts"

export const NameWarning = Schema.Struct({
  kind: Schema.Literals(["branches", "paths"]),
  /** Two names, or two folders in names. */
  names: Schema.Tuple([Schema.String, Schema.String]),
  /** Names both and says what is wrong. */
  message: Schema.String
})
export type NameWarning = typeof NameWarning.Type

/** The maximum number of warnings about one tree or one branch. */
const warningsMax = 100

const warning = (kind: NameWarning["kind"], names: LookAlikes): NameWarning => {
  const [one, other] = names.map((name) => JSON.stringify(name))
  return {
    kind,
    names,
    message:
      `${kind} ${one} and ${other} differ only in ${differenceOf(names)}: ` +
      "some file systems, such as those of macOS and Windows, cannot hold both"
  }
}

/** Finds the first `warningsMax` warnings about the paths of a tree. */
export const findingPathWarnings = function* (manifest: Manifest): Slices<ReadonlyArray<NameWarning>> {
  const pairsOf = spellings()
  const found: Array<NameWarning> = []
  let seen = 0
  for (const path of manifest.keys()) {
    if (++seen % sliceEntries === 0) yield
    for (const names of pairsOf(path)) if (found.push(warning("paths", names)) === warningsMax) return found
  }
  return found
}

/** Returns the warnings about branches by each name, or folder of names, that they are about. */
const warningsByName = (branches: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<NameWarning>> => {
  const found = new Map<string, Array<NameWarning>>()
  for (const names of lookAlikes(branches)) {
    const about = warning("branches", names)
    for (const name of names) {
      const known = found.get(name)
      if (known === undefined) found.set(name, [about])
      else if (known.length < warningsMax) known.push(about)
    }
  }
  return found
}

/** Returns the first `warningsMax` warnings about a branch or a folder in its name. */
export type BranchWarnings = (branch: string) => ReadonlyArray<NameWarning>

/** Finds the warnings about branches of these names. */
export const branchWarningsAmong = (branches: ReadonlyArray<string>): BranchWarnings => {
  const warnings = warningsByName(branches)
  return (branch) => {
    if (warnings.size === 0) return []
    const segments = branch.split("/")
    return segments
      .flatMap((_, position) => orDefault(warnings.get(segments.slice(0, position + 1).join("/")), []))
      .slice(0, warningsMax)
  }
}
