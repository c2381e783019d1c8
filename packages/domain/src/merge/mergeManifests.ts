/**
 * The three-way merge of manifests, by ids alone. What needs contents is handed on as a text merge; what nobody can
 * decide is a conflict. A renamed file is a deleted and an added one.
 */
import type { BlobId } from "../object/Id.ts"
import { directoriesOf, type Manifest } from "../object/Manifest.ts"
import type { Strategy } from "./Attributes.ts"
import type { NotMergeable } from "./TextMerge.ts"

/** The three versions of a path; null where it is absent. */
export interface Versions {
  readonly base: BlobId | null
  readonly ours: BlobId | null
  readonly theirs: BlobId | null
}

/**
 * `both_modified`: both changed one file. `modified_deleted`: one changed it, the other deleted it. `added_added`: both
 * added it. `file_folder`: a file here, and files below it, would both be in the result.
 */
export type ConflictKind = "both_modified" | "modified_deleted" | "added_added" | "file_folder"

export interface MergeConflict extends Versions {
  readonly path: string
  readonly kind: ConflictKind
  /** What stood in the way: the changes themselves, a rule `manual`, or why the lines could not be merged. */
  readonly cause: "changes" | "manual" | NotMergeable
}

/** A path whose result depends on contents. */
export interface PendingText extends Versions {
  readonly path: string
  readonly ours: BlobId
  readonly theirs: BlobId
  readonly how: "auto" | "union"
}

export interface ManifestMerge {
  /** The paths that are decided. A pending or conflicted path is not among them. */
  readonly merged: Manifest
  readonly textMerges: ReadonlyArray<PendingText>
  readonly conflicts: ReadonlyArray<MergeConflict>
}

const kindOf = ({ base, ours, theirs }: Versions): ConflictKind => {
  if (ours === null || theirs === null) return "modified_deleted"
  return base === null ? "added_added" : "both_modified"
}

/** What becomes of a path: a blob or its absence, its contents to be merged, or a conflict. */
type Decision = { readonly take: BlobId | null } | "auto" | "union" | "conflict"

/**
 * A rule decides where the sides diverge; a change of one side alone is always taken, or a branch that never touched a
 * path would undo its changes on the other. Only `manual` also holds back what one side changed.
 */
const decide = ({ base, ours, theirs }: Versions, strategy: Strategy): Decision => {
  if (ours === theirs) return { take: ours }
  if (strategy === "manual") return "conflict"
  if (base === theirs) return { take: ours }
  if (base === ours) return { take: theirs }
  switch (strategy) {
    case "ours":
      return { take: ours }
    case "theirs":
      return { take: theirs }
    case "base":
      return { take: base }
    case "union":
      return ours === null || theirs === null ? { take: ours ?? theirs } : "union"
    default:
      return ours === null || theirs === null || base === null ? "conflict" : "auto"
  }
}

const versionsOf = (path: string, base: Manifest, ours: Manifest, theirs: Manifest): Versions => ({
  base: base.get(path) ?? null,
  ours: ours.get(path) ?? null,
  theirs: theirs.get(path) ?? null
})

/** The paths that are there on one side only, or hold different blobs. */
export const differingPaths = (ours: Manifest, theirs: Manifest): ReadonlySet<string> => {
  const differing = new Set<string>()
  for (const [path, blob] of ours) if (theirs.get(path) !== blob) differing.add(path)
  for (const [path, blob] of theirs) if (ours.get(path) !== blob) differing.add(path)
  return differing
}

/**
 * Merges manifests path by path; `strategyOf` is asked for the paths on which the sides differ. The result may hold a
 * file where it also has a folder, which is sound for a merge base.
 */
export const mergePaths = (
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  strategyOf: (path: string) => Strategy = () => "auto"
): ManifestMerge => {
  const merged = new Map(ours)
  const textMerges: Array<PendingText> = []
  const conflicts: Array<MergeConflict> = []

  for (const path of differingPaths(ours, theirs)) {
    const versions = versionsOf(path, base, ours, theirs)
    const strategy = strategyOf(path)
    const decision = decide(versions, strategy)
    merged.delete(path)
    if (decision === "conflict") {
      const cause = strategy === "manual" ? "manual" : "changes"
      conflicts.push({ path, kind: kindOf(versions), ...versions, cause })
    } else if (decision === "auto" || decision === "union") {
      const { ours, theirs } = versions
      if (ours !== null && theirs !== null) textMerges.push({ path, ...versions, ours, theirs, how: decision })
    } else if (decision.take !== null) {
      merged.set(path, decision.take)
    }
  }

  return { merged, textMerges, conflicts: inOrder(conflicts) }
}

/** Merges manifests into one that can be a tree: a file where the result also has a folder is a conflict. */
export const mergeManifests = (
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  strategyOf?: (path: string) => Strategy
): ManifestMerge => {
  const byPath = mergePaths(base, ours, theirs, strategyOf)
  const inTheWay = filesInTheWay(byPath)
  if (inTheWay.size === 0) return byPath
  const free = ({ path }: { readonly path: string }) => !inTheWay.has(path)
  const collisions = [...inTheWay].map((path) => ({
    path,
    kind: "file_folder" as const,
    ...versionsOf(path, base, ours, theirs),
    cause: "changes" as const
  }))
  return {
    merged: new Map([...byPath.merged].filter(([path]) => free({ path }))),
    textMerges: byPath.textMerges.filter(free),
    conflicts: inOrder([...byPath.conflicts.filter(free), ...collisions])
  }
}

/** Files of the result that would also have to be folders. A conflicted path counts wherever a side has it. */
const filesInTheWay = ({ merged, textMerges, conflicts }: ManifestMerge): ReadonlySet<string> => {
  const present = new Map(merged)
  for (const { path, ours, theirs } of [...textMerges, ...conflicts]) {
    const blob = ours ?? theirs
    if (blob !== null) present.set(path, blob)
  }
  return new Set([...directoriesOf(present)].filter((directory) => present.has(directory)))
}

const inOrder = (conflicts: ReadonlyArray<MergeConflict>): ReadonlyArray<MergeConflict> =>
  conflicts.toSorted((a, b) => (a.path < b.path ? -1 : 1))
