/** The repository that has the documents of a handle (docs/people.md): `<handle>/identity`. */
import { Domain, Slug } from "../Names.ts"
import type { Repository } from "../Root.ts"

export const identitySlug = Slug.make("identity")
export const identityDomain = Domain.make("identity")

/** Says whether what a repository says counts as said by its owner. */
export const isIdentity = ({ domain, slug }: Pick<Repository, "domain" | "slug">): boolean =>
  slug === identitySlug && domain === identityDomain
