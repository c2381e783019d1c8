/** The output of a repository in `--json`. */
import type { Deleted } from "@musehub/domain/usecase/operations/deletions"
import type { Repository } from "@musehub/domain/repository/Root"

/** Returns the fields in the order of the descriptions. */
export const repositoryJson = (repository: Repository) => ({
  repoId: repository.id,
  owner: repository.owner,
  slug: repository.slug,
  name: repository.name,
  visibility: repository.visibility,
  archived: repository.archived,
  forkOf: repository.forkOf === null ? null : repository.forkOf.repository,
  domain: repository.domain,
  defaultBranch: repository.defaultBranch,
  description: repository.description,
  createdAt: repository.createdAt
})

/** Returns the fields of a deleted repository in the order of the descriptions. */
export const deletedJson = ({ at, by, name: { owner, slug }, repository, until }: Deleted) => ({
  repoId: repository,
  owner,
  slug,
  deletedAt: at,
  deletedBy: by,
  keptUntil: until
})
