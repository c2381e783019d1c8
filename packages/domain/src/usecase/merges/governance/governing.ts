/**
 * Finds what `.musegovernance.json` asks of a merge. The document at the head of the target decides, so what a proposal
 * does to it holds for the merges after it.
 */
import { Effect } from "effect"
import { expected } from "../../../base/expected.ts"
import { inSlices } from "../../../base/Slices.ts"
import { differingPaths } from "../../../merge/mergeManifests.ts"
import type { CanonicalObject } from "../../../object/CanonicalObject.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { decodeDocument } from "../../../reading/document/DocumentKind.ts"
import { DocumentReader } from "../../../reading/document/DocumentReader.ts"
import { type AppliedRule, findingRules, governanceKind } from "../../../reading/document/Governance.ts"

/** What the documents of two trees ask of the merge of one into the other. */
export interface Governed {
  /** The rules of the target that hold for the paths which the merge changes. */
  readonly rules: ReadonlyArray<AppliedRule>
  /** What is wrong with the document of the target, which counts as absent then; null if nothing is. */
  readonly invalid: string | null
  /** What is wrong with the document that the merge would put in its place, for which it is refused. */
  readonly landing: string | null
}

/** What asks for nothing. */
export const ungoverned: Governed = { rules: [], invalid: null, landing: null }

/** The tree that a merge lands, and the contents that the merge made. */
export interface LandingTree {
  readonly manifest: Manifest
  readonly blobs: ReadonlyArray<CanonicalObject<"blob">>
}

/** Says what is wrong with the document of a landing tree, if it is not the one of the target. */
const wrongAfter = Effect.fnUntraced(function* (repository: RepositoryId, ours: Manifest, landing: LandingTree) {
  const { path } = governanceKind
  const blob = landing.manifest.get(path)
  if (blob === undefined || blob === ours.get(path)) return null
  const made = landing.blobs.find(({ id }) => id === blob)?.content
  const { of } = yield* DocumentReader
  const found =
    made instanceof Uint8Array ? decodeDocument(governanceKind, made) : yield* of(governanceKind, repository, blob)
  return found.state === "invalid" ? found.reason : null
})

/** Finds what the merge of a tree into that of the target is asked for. */
export const governing = Effect.fnUntraced(function* (repository: RepositoryId, ours: Manifest, landing: LandingTree) {
  const wrong = yield* wrongAfter(repository, ours, landing)
  const blob = ours.get(governanceKind.path)
  if (blob === undefined) {
    const free: Governed = { ...ungoverned, landing: wrong }
    return free
  }
  const { of } = yield* DocumentReader
  const found = yield* of(governanceKind, repository, blob)
  if (found.state !== "valid") {
    const invalid = found.state === "invalid" ? found.reason : null
    const free: Governed = { rules: [], invalid, landing: wrong }
    return free
  }
  const differing = yield* inSlices(() => differingPaths(ours, landing.manifest))
  // The merge has compared larger trees.
  const paths = expected(differing, "the paths that a merge changes")
  const governed: Governed = {
    rules: yield* inSlices(() => findingRules(found.value, paths)),
    invalid: null,
    landing: wrong
  }
  return governed
})
