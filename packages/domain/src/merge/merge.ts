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
import { type Counted, eachInSlices, inSlices, withinSteps } from "../base/Slices.ts"
import { blobOf } from "../object/Blob.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import type { BlobId, CommitId } from "../object/Id.ts"
import { emptyBlobId } from "../object/Id.ts"
import { filesMax, findingExcess, type Manifest } from "../object/Manifest.ts"
import {
  type Attributes,
  attributesBytesMax,
  attributesPath,
  AttributesRefused,
  noAttributes,
  parseAttributes
} from "./Attributes.ts"
import type { CommitGraph } from "../history/CommitGraph.ts"
import { markConflicts } from "./conflictText.ts"
import { mergeBases } from "../history/mergeBases.ts"
import {
  differingPaths,
  inOrder,
  type ManifestMerge,
  type MergeConflict,
  mergeManifests,
  mergePaths,
  type PendingText,
  type Versions
} from "./mergeManifests.ts"
import { textBytesMax } from "./NumberedText.ts"
import { strategiesOf } from "./strategies.ts"
import { mergeText, type ThreeContents, uniteText } from "./TextMerge.ts"
import { TreeTooLarge } from "./TreeTooLarge.ts"

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

/**
 * Texts that are read and merged at once; each may hold three times `textBytesMax`. What a merge may still read and do
 * is looked at after each portion, so that the same paths are over it each time.
 */
const textsAtOnce = 2

/** Bytes of all versions of the texts that one merge reads. Their merges, up to two thirds of that, are in memory. */
export const mergeBytesMax = 128 * 1024 * 1024
/** Steps of one text, and of all texts of one merge: a second of work, and two. */
const textStepsMax = 200_000_000
const mergeStepsMax = 400_000_000

/**
 * Merges of merge bases in one merge. Beyond this, the bases merged so far serve: any common ancestor is a valid base.
 */
const baseMergesMax = 32

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
  private bytesLeft = mergeBytesMax
  private stepsLeft = mergeStepsMax
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

  /** Says whether the merge has read or done as much as it may. */
  get spent(): boolean {
    return this.bytesLeft < 0 || this.stepsLeft < 0
  }

  /**
   * Reads all three versions, an absent one as an empty text, and merges them. Returns undefined when one is too large,
   * or the merge takes too many steps.
   */
  readonly mergeThree = Effect.fnUntraced(function* <A>(
    this: Contents<E>,
    versions: Versions,
    merge: (contents: ThreeContents) => Counted<A>
  ) {
    const [base, ours, theirs] = yield* Effect.all(
      [this.#version(versions.base), this.#version(versions.ours), this.#version(versions.theirs)],
      { concurrency: 3 }
    )
    if (base === undefined || ours === undefined || theirs === undefined) return undefined
    this.bytesLeft -= base.byteLength + ours.byteLength + theirs.byteLength
    const { result, steps } = yield* withinSteps(merge({ base, ours, theirs }), textStepsMax)
    this.stepsLeft -= steps
    return result
  })

  readonly #version = (blob: BlobId | null) => this.read(orDefault(blob, emptyBlobId), textBytesMax)
}

/** Works on paths a portion at a time, and returns undefined for those that are left when the merge is spent. */
const inPortions = Effect.fnUntraced(function* <A, B, E>(
  contents: Contents<E>,
  paths: ReadonlyArray<A>,
  work: (path: A) => Effect.Effect<B, E>
) {
  const results: Array<B | undefined> = []
  for (let at = 0; at < paths.length; at += textsAtOnce) {
    const portion = paths.slice(at, at + textsAtOnce)
    const done = contents.spent
      ? portion.map(() => undefined)
      : yield* Effect.forEach(portion, work, { concurrency: textsAtOnce })
    for (const result of done) results.push(result)
  }
  return results
})

type Resolved = PendingText &
  ({ readonly blob: BlobId } | { readonly blob: null; readonly cause: MergeConflict["cause"] })

/** Merges a pending text: returns the blob, or why there is none. */
const resolve = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  pending: PendingText
): Effect.fn.Return<Resolved, E> {
  const merged = yield* contents.mergeThree(pending, pending.how === "union" ? uniteText : mergeText)
  if (merged?.outcome === "merged") return { ...pending, blob: contents.keep(merged.content) }
  if (merged?.outcome === "conflict") return { ...pending, blob: null, cause: "changes" }
  const cause = merged === undefined ? "too_large" : merged.reason
  return pending.how === "union" && cause === "not_text"
    ? { ...pending, blob: pending.ours }
    : { ...pending, blob: null, cause }
})

/** Merges all pending texts and returns all conflicts in order of path. */
const resolveAll = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  { conflicts, merged, textMerges }: ManifestMerge
) {
  const resolved = yield* inPortions(contents, textMerges, (pending) => resolve(contents, pending))
  const open = [...conflicts]
  for (const [place, { path, base, ours, theirs }] of textMerges.entries()) {
    const result = resolved[place] ?? { blob: null, cause: "too_large" as const }
    if (result.blob !== null) merged.set(path, result.blob)
    else open.push({ path, kind: "both_modified", base, ours, theirs, cause: result.cause })
  }
  return { merged, conflicts: yield* inSlices(() => inOrder(open)) }
})

/** Merges merge bases, which gives a manifest unless they have too many paths. */
const mergeOfBases = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  depth: number
) {
  const differing = yield* inSlices(() => differingPaths(ours, theirs))
  if (differing === undefined) return undefined
  const byPath = yield* inSlices(() => mergePaths(differing, base, ours, theirs))
  const { merged, conflicts } = yield* resolveAll(contents, byPath)
  for (const { path, ours, theirs } of byPath.textMerges) {
    const blob = merged.get(path)
    if (blob !== undefined && (contents.marked.has(ours) || contents.marked.has(theirs))) contents.marked.add(blob)
  }
  const texts = yield* inPortions(contents, conflicts, ({ kind, ...versions }) =>
    kind === "modified_deleted"
      ? Effect.succeed(undefined)
      : contents.mergeThree(versions, (three) => markConflicts(three, markerSize(depth)))
  )
  for (const [place, { path, base }] of conflicts.entries()) {
    const marked = texts[place]
    const blob = marked === undefined ? base : contents.keep(marked)
    if (marked !== undefined && blob !== null) contents.marked.add(blob)
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
        const joint = yield* mergeOfBases(contents, inner, manifest, yield* source.manifestOf(next), depth)
        if (joint === undefined) break
        manifest = joint
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

/** Merges three trees by parsed rules. */
const mergeTrees = Effect.fnUntraced(function* <E>(
  contents: Contents<E>,
  attributes: Attributes,
  { base, ours, theirs }: Trees
): Effect.fn.Return<TreeMerge, AttributesRefused | TreeTooLarge | E> {
  const differing = yield* inSlices(() => differingPaths(ours, theirs))
  if (differing === undefined) {
    const reason = `their trees together have more than ${filesMax} paths; merge them in a clone and push the result`
    return yield* new TreeTooLarge({ reason })
  }
  const strategies = yield* Effect.fromResult(yield* inSlices(() => strategiesOf(attributes, differing)))
  // Where the bases conflict there is no content to go back to, and their markers must not reach the result.
  const disputed = (path: string) => contents.marked.has(orDefault(base.get(path), emptyBlobId))
  const strategyOf = (path: string) => {
    const strategy = strategies.get(path) ?? "auto"
    return strategy === "base" && disputed(path) ? "auto" : strategy
  }
  const { merged, conflicts } = yield* resolveAll(
    contents,
    yield* inSlices(() => mergeManifests(differing, base, ours, theirs, strategyOf))
  )
  if (conflicts.length > 0) {
    const known = conflicts.map((conflict) => ({
      ...conflict,
      base: conflict.base !== null && contents.made.has(conflict.base) ? null : conflict.base
    }))
    return { outcome: "conflicted", conflicts: known }
  }
  const excess = yield* inSlices(() => findingExcess(merged))
  if (excess !== undefined) {
    return yield* new TreeTooLarge({ reason: `the merged tree ${excess}; take files out of one of them first` })
  }
  const blobs = new Map<BlobId, CanonicalObject<"blob">>()
  yield* eachInSlices(merged.values(), (blob) => {
    const made = contents.made.get(blob)
    if (made !== undefined) blobs.set(blob, made)
  })
  return { outcome: "merged", manifest: merged, blobs: [...blobs.values()] }
})

/**
 * Merges `theirs` into `ours` by the rules at `ours`. Fails if the rules do not parse, the trees are too large or the
 * source fails.
 */
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
