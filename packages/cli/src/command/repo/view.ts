/** The output of a repository in `--json`. */
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
