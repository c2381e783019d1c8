/** Reads the refs of a repository from its root. */
import { Effect, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refParts } from "../../invariant/refs/refs.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { BranchName, Domain } from "../../repository/Names.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Branches with their heads. */
export type RefsPart = ReadonlyArray<readonly [BranchName, CommitId]>

export interface Refs {
  readonly repository: RepositoryId
  readonly domain: Domain
  readonly defaultBranch: BranchName
  /** Count of the branches. */
  readonly count: number
  /** The branches in ascending order of name, many together. A chunk in memory is the same part in each answer. */
  readonly heads: Stream.Stream<RefsPart, RefsError>
}

/**
 * Returns the refs. Those that are in the root, which opened the repository, need no other read. Chunks are read once
 * before, so that one that is lost is a failure here, and not the end of an answer that has begun.
 */
export const readRefs = Effect.fnUntraced(function* (open: OpenRepository) {
  const roots = yield* Roots
  const { value: root } = open.root
  const { domain, defaultBranch, id } = root.repository
  yield* Stream.runDrain(refParts(root, root.heads))
  const refs: Refs = {
    repository: id,
    domain,
    defaultBranch,
    count: root.heads.count,
    heads: Stream.provideService(refParts(root, root.heads), Roots, roots)
  }
  return refs
})
