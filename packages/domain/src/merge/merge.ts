/**
 * Merges two commits: merge bases, manifests, contents. It writes nothing and returns either a manifest with its new
 * blobs, or the conflicts.
 *
 * Several merge bases are merged first, as in `git`, without rules. There, a conflict between lines stays in the text
 * with its markers, any other conflicted path goes back to the bases' own base, and a file may have the same path as a
 * folder.
 */
import { Effect } from "effect"
import { orDefault } from "../base/expected.ts"
import { blobOf } from "../object/Blob.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import type { BlobId, CommitId } from "../object/Id.ts"
import { emptyBlobId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"
import {
  type Attributes,
  attributesBytesMax,
  attributesPath,
  AttributesRefused,
  noAttributes,
  parseAttributes,
  type Strategy,
  strategyCost,
  strategyFor
} from "./Attributes.ts"
import type { CommitGraph } from "../history/CommitGraph.ts"
import { markConflicts } from "./conflictText.ts"
import { mergeBases } from "../history/mergeBases.ts"
import {
  differingPaths,
  type ManifestMerge,
  type MergeConflict,
  mergeManifests,
  mergePaths,
  type PendingText,
  type Versions
} from "./mergeManifests.ts"
import { mergeText, textBytesMax, type ThreeContents, uniteText } from "./TextMerge.ts"

/** The data that a merge reads. */
export interface MergeSource<E, G = E> {
  readonly graph: CommitGraph<G>
  readonly manifestOf: (commit: CommitId) => Effect.Effect<Manifest, E>
  /** Reads a blob. Returns undefined, without reading it whole, if it has more than `bytesMax` bytes. */
  readonly readBlob: (blob: BlobId, bytesMax: number) => Effect.Effect<Uint8Array | undefined, E>
}

/** The result of merging three trees. */
export type TreeMerge =
  | {
      readonly outcome: "merged"
      readonly manifest: Manifest
      /** Contents that the merge made, to store before the snapshot. Some may already be stored. */
      readonly blobs: ReadonlyArray<CanonicalObject<"blob">>
    }
  | {
      readonly outcome: "conflicted"
      /** In order of path. `base` is also null where it is a merge of several bases, which is not stored. */
      readonly conflicts: ReadonlyArray<MergeConflict>
    }

export type MergeResult = TreeMerge & { readonly bases: ReadonlyArray<CommitId> }

/** Texts that are read and merged at once; each may hold three times `textBytesMax`. */
const textsAtOnce = 2

/**
 * Merges of merge bases in one merge. Beyond this, the bases merged so far serve: any common ancestor is a valid base.
 */
export const baseMergesMax = 32

/**
 * Returns the width of conflict markers. As in `git`, each level widens them, so that nested conflicts stay distinct.
 */
const markerSize = (depth: number) => 7 + 2 * depth

/** Reads blobs, and keeps the contents that the merge makes in memory. */
class Contents<E> {
  readonly made = new Map<BlobId, CanonicalObject<"blob">>()
  /** Contents of merge bases that contain conflict markers. */
  readonly marked = new Set<BlobId>()
  private readonly bytes = new Map<BlobId, Uint8Array>([[emptyBlobId, new Uint8Array()]])
  private readonly source: Pick<MergeSource<E>, "readBlob">
  constructor(source: Pick<MergeSource<E>, "readBlob">) {
    this.source = source
  }

  keep(content: Uint8Array): BlobId {
    const blob = blobOf(content)
    this.made.set(blob.id, blob)
    this.bytes.set(blob.id, content)
    return blob.id
  }

  read(blob: BlobId, bytesMax: number): Effect.Effect<Uint8Array | undefined, E> {
    const kept = this.bytes.get(blob)
    return kept === undefined ? this.source.readBlob(blob, bytesMax) : Effect.succeed(kept)
  }

  /** Reads all three versions; an absent one is empty. Returns undefined when one is too large to merge. */
  readonly three = ({ base, ours, theirs }: Versions): Effect.Effect<ThreeContents | undefined, E> =>
    Effect.map(
      Effect.forEach([base, ours, theirs], (blob) => this.read(orDefault(blob, emptyBlobId), textBytesMax), {
        concurrency: 3
      }),
      ([base, ours, theirs]) => (base && ours && theirs ? { base, ours, theirs } : undefined)
    )
}

type Resolved = PendingText &
  ({ readonly blob: BlobId } | { readonly blob: null; readonly cause: MergeConflict["cause"] })

/** Merges a pending text: returns the blob, or why there is none. */
const resolve = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  pending: PendingText
): Effect.fn.Return<Resolved, E> {
  // Merging lines blocks the thread, so other fibers run before each text.
  yield* Effect.yieldNow
  const three = yield* contents.three(pending)
  const merge = pending.how === "union" ? uniteText : mergeText
  const merged = three === undefined ? ({ outcome: "not_mergeable", reason: "too_large" } as const) : merge(three)
  if (merged.outcome === "merged") return { ...pending, blob: contents.keep(merged.content) }
  if (pending.how === "union") return { ...pending, blob: pending.ours }
  return { ...pending, blob: null, cause: merged.outcome === "conflict" ? "changes" : merged.reason }
})

/** Merges all pending texts and returns all conflicts in order of path. */
const resolveAll = Effect.fnUntraced(function* <E>(contents: Contents<E>, merge: ManifestMerge) {
  const merged = new Map(merge.merged)
  const conflicts = [...merge.conflicts]
  const resolved = yield* Effect.forEach(merge.textMerges, (pending) => resolve(contents, pending), {
    concurrency: textsAtOnce
  })
  for (const { path, base, ours, theirs, ...result } of resolved) {
    if (result.blob !== null) merged.set(path, result.blob)
    else conflicts.push({ path, kind: "both_modified", base, ours, theirs, cause: result.cause })
  }
  return { merged, conflicts: conflicts.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
})

/** Merges merge bases, which always gives a manifest. */
const mergeOfBases = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  depth: number
) {
  const byPath = mergePaths(base, ours, theirs)
  const { merged, conflicts } = yield* resolveAll(contents, byPath)
  for (const { path, ours, theirs } of byPath.textMerges) {
    const blob = merged.get(path)
    if (blob !== undefined && (contents.marked.has(ours) || contents.marked.has(theirs))) contents.marked.add(blob)
  }
  for (const { path, kind, ...versions } of conflicts) {
    yield* Effect.yieldNow
    const three = kind === "modified_deleted" ? undefined : yield* contents.three(versions)
    const marked = three && markConflicts(three, markerSize(depth))
    const blob = marked ? contents.keep(marked) : versions.base
    if (marked && blob !== null) contents.marked.add(blob)
    if (blob !== null) merged.set(path, blob)
  }
  return merged as Manifest
})

/** Returns the base of a merge: empty, a commit's manifest, or the merge of several bases. */
const baseManifest = Effect.fnUntraced(function* <E, G>(
  source: MergeSource<E, G>,
  contents: Contents<E>,
  bases: ReadonlyArray<CommitId>
) {
  const known = new Map<string, Manifest>()
  let mergesLeft = baseMergesMax

  const of: (bases: ReadonlyArray<CommitId>, depth: number) => Effect.Effect<Manifest, E | G> = Effect.fnUntraced(
    function* (bases, depth) {
      const key = bases.join(" ")
      const found = known.get(key)
      if (found !== undefined) return found
      const [first, ...others] = bases
      let manifest: Manifest = first === undefined ? new Map() : yield* source.manifestOf(first)
      const joined = first === undefined ? [] : [first]
      for (const next of others) {
        if (mergesLeft === 0) break
        mergesLeft--
        const inner = yield* of(yield* mergeBases(source.graph, joined, [next]), depth + 1)
        manifest = yield* mergeOfBases(contents, inner, manifest, yield* source.manifestOf(next), depth)
        joined.push(next)
      }
      known.set(key, manifest)
      return manifest
    }
  )
  return yield* of(bases, 1)
})

/** Reads the rules at our head; none when it has no such file. */
const attributesOf = Effect.fnUntraced(function* <E>(contents: Contents<E>, ours: Manifest) {
  const blob = ours.get(attributesPath)
  if (blob === undefined) return noAttributes
  const bytes = yield* contents.read(blob, attributesBytesMax)
  if (bytes === undefined) {
    return yield* new AttributesRefused({
      line: 1,
      column: 1,
      reason: `the file is larger than ${attributesBytesMax} bytes`
    })
  }
  return yield* Effect.fromResult(parseAttributes(bytes))
})

/** Cost of matching rules after which other fibers run: some milliseconds of work. */
const strategyCostMax = 1_000_000

/** Returns the strategies of these paths, except those that are `auto`. */
const strategiesOf = Effect.fnUntraced(function* (attributes: Attributes, paths: Iterable<string>) {
  const strategies = new Map<string, Strategy>()
  if (attributes.rules.length === 0) return strategies
  let cost = 0
  for (const path of paths) {
    cost += strategyCost(attributes, path)
    if (cost > strategyCostMax) {
      cost = 0
      yield* Effect.yieldNow
    }
    const strategy = strategyFor(attributes, path)
    if (strategy !== "auto") strategies.set(path, strategy)
  }
  return strategies
})

/** Merges three trees by parsed rules. */
const mergeTrees = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  attributes: Attributes,
  { base, ours, theirs }: Trees
): Effect.fn.Return<TreeMerge, E> {
  const strategies = yield* strategiesOf(attributes, differingPaths(ours, theirs))
  // Where the bases conflict there is no content to go back to, and their markers must not reach the result.
  const disputed = (path: string) => contents.marked.has(orDefault(base.get(path), emptyBlobId))
  const strategyOf = (path: string) => {
    const strategy = strategies.get(path) ?? "auto"
    return strategy === "base" && disputed(path) ? "auto" : strategy
  }
  const { merged, conflicts } = yield* resolveAll(contents, mergeManifests(base, ours, theirs, strategyOf))
  if (conflicts.length > 0) {
    const known = conflicts.map((conflict) => ({
      ...conflict,
      base: conflict.base !== null && contents.made.has(conflict.base) ? null : conflict.base
    }))
    return { outcome: "conflicted", conflicts: known }
  }
  const blobs = new Map<BlobId, CanonicalObject<"blob">>()
  for (const blob of merged.values()) {
    const made = contents.made.get(blob)
    if (made !== undefined) blobs.set(blob, made)
  }
  return { outcome: "merged", manifest: merged, blobs: [...blobs.values()] }
})

/** Merges `theirs` into `ours` by the rules at `ours`. Fails only if the rules do not parse or the source fails. */
export const mergeCommits = Effect.fn("mergeCommits")(function* <E, G>(
  source: MergeSource<E, G>,
  ours: CommitId,
  theirs: CommitId
) {
  const contents = new Contents(source)
  const bases = yield* mergeBases(source.graph, [ours], [theirs])
  const trees = { ours: yield* source.manifestOf(ours), theirs: yield* source.manifestOf(theirs) }
  const attributes = yield* attributesOf(contents, trees.ours)
  const base = yield* baseManifest(source, contents, bases)
  const merge: MergeResult = { ...(yield* mergeTrees(contents, attributes, { ...trees, base })), bases }
  return merge
})

/** The manifests of a three-way merge. */
export interface Trees {
  readonly base: Manifest
  readonly ours: Manifest
  readonly theirs: Manifest
}

/**
 * Applies changes to a tree one after another, as a rebase does. Each change is the difference of two trees and builds
 * on the ones before it. `rules` is the tree whose `.museattributes` decides. Returns a merge for each change, up to
 * the first conflict.
 */
export const replayChanges = Effect.fn("replayChanges")(function* <E, C extends Pick<Trees, "base" | "theirs">>(
  source: Pick<MergeSource<E, never>, "readBlob">,
  rules: Manifest,
  changes: ReadonlyArray<C>
) {
  const contents = new Contents(source)
  const attributes = yield* attributesOf(contents, rules)
  const merges: Array<{ readonly change: C; readonly merge: TreeMerge }> = []
  let ours = rules
  for (const change of changes) {
    const merge = yield* mergeTrees(contents, attributes, { base: change.base, ours, theirs: change.theirs })
    merges.push({ change, merge })
    if (merge.outcome === "conflicted") break
    ours = merge.manifest
  }
  return merges
})
