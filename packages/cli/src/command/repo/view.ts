/** A repository as `--json` shows it. */
import type { Repository } from "@musehub/domain/repository/Root"

/** The fields in the order in which descriptions name them. */
export const repositoryJson = (repository: Repository) => ({
  repoId: repository.id,
  owner: repository.owner,
  slug: repository.slug,
  name: repository.name,
  visibility: repository.visibility,
  domain: repository.domain,
  defaultBranch: repository.defaultBranch,
  description: repository.description,
  createdAt: repository.createdAt
})
