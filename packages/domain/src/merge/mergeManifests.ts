/**
 * The three-way merge of manifests by ids. Paths that need contents become text merges; paths that cannot be decided
 * become conflicts. A renamed file counts as one deleted and one added.
 */
import { sliceEntries, type Slices, sorting } from "../base/Slices.ts"
import type { BlobId } from "../object/Id.ts"
import { filesMax, type Manifest } from "../object/Manifest.ts"
import type { Strategy } from "./Attributes.ts"
import type { NotMergeable } from "./TextMerge.ts"

/** The three versions of a path; null where it is absent. */
export interface Versions {
  readonly base: BlobId | null
  readonly ours: BlobId | null
  readonly theirs: BlobId | null
}

/**
 * `both_modified`: both sides changed one file. `modified_deleted`: one side changed it, the other deleted it.
 * `added_added`: both sides added it. `file_folder`: the result would have a file here and files below it.
 */
export type ConflictKind = "both_modified" | "modified_deleted" | "added_added" | "file_folder"

export interface MergeConflict extends Versions {
  readonly path: string
  readonly kind: ConflictKind
  /** Why the path conflicts: the changes themselves, a rule `manual`, or why the lines could not be merged. */
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
  /** The decided paths, without pending and conflicted ones. */
  readonly merged: Map<string, BlobId>
  /** In order of path, like the conflicts: the first ones are merged, however the sides are stored. */
  readonly textMerges: ReadonlyArray<PendingText>
  readonly conflicts: ReadonlyArray<MergeConflict>
}

const kindOf = ({ base, ours, theirs }: Versions): ConflictKind => {
  if (ours === null || theirs === null) return "modified_deleted"
  return base === null ? "added_added" : "both_modified"
}

/** The result of a path: a blob or its absence, a merge of its contents, or a conflict. */
type Decision = { readonly take: BlobId | null } | "auto" | "union" | "conflict"

/**
 * Decides a path. A rule applies where both sides changed it. A change of one side alone is always taken; otherwise a
 * branch that never touched a path would undo the other side's changes. Only `manual` also stops a change of one side.
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

/** Lists the entries of a manifest with a pause after each slice. */
const eachEntry = function* (manifest: Manifest, use: (path: string, blob: BlobId) => void): Slices<void> {
  let count = 0
  for (const [path, blob] of manifest) {
    use(path, blob)
    if (++count % sliceEntries === 0) yield
  }
}

/**
 * Finds the paths that only one side has or whose blobs differ. Returns undefined if the sides together have more than
 * `filesMax` paths.
 */
export const differingPaths = function* (ours: Manifest, theirs: Manifest): Slices<ReadonlyArray<string> | undefined> {
  const differing: Array<string> = []
  yield* eachEntry(ours, (path, blob) => {
    if (theirs.get(path) !== blob) differing.push(path)
  })
  const before = differing.length
  yield* eachEntry(theirs, (path) => {
    if (!ours.has(path)) differing.push(path)
  })
  return ours.size + differing.length - before > filesMax ? undefined : differing
}

/**
 * Merges manifests path by path; `strategyOf` is called for the paths on which the sides differ. The result may have a
 * file and a folder at one path, which is allowed in a merge base.
 */
export const mergePaths = function* (
  differing: ReadonlyArray<string>,
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  strategyOf: (path: string) => Strategy = () => "auto"
): Slices<ManifestMerge> {
  // A map from which entries are deleted grows sooner than its size tells, so the merged tree only gets what it keeps.
  const merged = new Map<string, BlobId>()
  yield* eachEntry(ours, (path, blob) => {
    if (theirs.get(path) === blob) merged.set(path, blob)
  })
  const textMerges: Array<PendingText> = []
  const conflicts: Array<MergeConflict> = []

  let count = 0
  for (const path of differing) {
    if (++count % sliceEntries === 0) yield
    const versions = versionsOf(path, base, ours, theirs)
    const strategy = strategyOf(path)
    const decision = decide(versions, strategy)
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

  return { merged, textMerges: yield* inOrder(textMerges), conflicts: yield* inOrder(conflicts) }
}

/** Merges manifests into a valid tree: a file at the path of a folder is a conflict. */
export const mergeManifests = function* (
  differing: ReadonlyArray<string>,
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  strategyOf?: (path: string) => Strategy
): Slices<ManifestMerge> {
  const byPath = yield* mergePaths(differing, base, ours, theirs, strategyOf)
  const inTheWay = yield* filesInTheWay(byPath)
  if (inTheWay.size === 0) return byPath
  const free = ({ path }: { readonly path: string }) => !inTheWay.has(path)
  const collisions = [...inTheWay].map((path) => ({
    path,
    kind: "file_folder" as const,
    ...versionsOf(path, base, ours, theirs),
    cause: "changes" as const
  }))
  for (const path of inTheWay) byPath.merged.delete(path)
  return {
    merged: byPath.merged,
    textMerges: byPath.textMerges.filter(free),
    conflicts: yield* inOrder([...byPath.conflicts.filter(free), ...collisions])
  }
}

/** Returns the files of the result that would also be folders. A conflicted path counts if either side has it. */
const filesInTheWay = function* ({ merged, textMerges, conflicts }: ManifestMerge): Slices<ReadonlySet<string>> {
  const open = [...textMerges, ...conflicts].map(({ path }) => path)
  const present = new Set(open)
  const inTheWay = new Set<string>()
  const directories = new Set<string>()
  let seen = 0
  for (const paths of [merged.keys(), open]) {
    for (const path of paths) {
      for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
        const directory = path.slice(0, slash)
        if (directories.has(directory)) break
        directories.add(directory)
        if (merged.has(directory) || present.has(directory)) inTheWay.add(directory)
      }
      if (++seen % sliceEntries === 0) yield
    }
  }
  return inTheWay
}

/** Orders by path. */
export const inOrder = <A extends { readonly path: string }>(list: ReadonlyArray<A>): Slices<ReadonlyArray<A>> =>
  sorting(list, (a, b) => (a.path < b.path ? -1 : 1))
