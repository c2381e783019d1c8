/** Reads the refs of a repository from its root. */
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { BranchName, Domain } from "../../repository/Names.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface Refs {
  readonly repository: RepositoryId
  readonly domain: Domain
  readonly defaultBranch: BranchName
  readonly heads: ReadonlyArray<readonly [BranchName, CommitId]>
}

/** Returns the refs. Needs no read beyond that of the root, which opened the repository. */
export const readRefs = (open: OpenRepository): Refs => {
  const { repository, heads } = open.root.value
  return { repository: repository.id, domain: repository.domain, defaultBranch: repository.defaultBranch, heads }
}
