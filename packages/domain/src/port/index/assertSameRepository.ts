import type { RepositoryId } from "../../object/Id.ts"

interface OfRepository {
  readonly repository: RepositoryId
}

/** Dies on evidence from another repository, which would create a row whose bytes this repository lacks. */
export const assertSameRepository = (
  repository: RepositoryId,
  ...evidence: ReadonlyArray<ReadonlyArray<OfRepository>>
): void => {
  if (evidence.some((part) => part.some((stored) => stored.repository !== repository)))
    throw new Error(`evidence of another repository in a batch of ${repository}`)
}
