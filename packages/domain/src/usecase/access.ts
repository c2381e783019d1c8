/** Who may do what: one pure function decides for every use case. */
import { Effect, Schema } from "effect"
import type { RepositoryId } from "../object/Id.ts"
import type { UserName } from "../repository/Names.ts"
import type { Role, Root } from "../repository/Root.ts"
import type { Scope, Token } from "../repository/Token.ts"

/** Who asks: the holder of a valid token. Nobody, where there is no token. */
export interface Principal {
  readonly user: UserName
  readonly scope: Scope
  /** The only repository that the token is good for, if it is limited. */
  readonly repository: RepositoryId | null
}

export const principalOf = (token: Token): Principal => ({
  user: token.user,
  scope: token.scope,
  repository: token.repository
})

/** No valid token came with the request, and the request needs one. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The token is valid, but its user or its scope may not do this. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** There is no such repository, or the caller may not know that there is. */
export class RepositoryUnknown extends Schema.TaggedError<RepositoryUnknown>()("RepositoryUnknown", {
  name: Schema.String
}) {
  override get message() {
    return `there is no repository ${this.name.slice(0, 200)} that you can see`
  }
}

const rank: { readonly [R in Role]: number } = { read: 1, write: 2, admin: 3 }

const roleOf = (root: Root, principal: Principal | null): Role | undefined => {
  const everyone = root.repository.visibility === "public" ? "read" : undefined
  if (principal === null || (principal.repository !== null && principal.repository !== root.repository.id))
    return everyone
  if (principal.user === root.repository.owner) return "admin"
  return root.grants.find(([user]) => user === principal.user)?.[1] ?? everyone
}

/** Lets a request pass or says why not. A repository that may not be read looks like one that does not exist. */
export const authorize = (
  root: Root,
  principal: Principal | null,
  needed: Role
): Effect.Effect<void, Unauthenticated | Forbidden | RepositoryUnknown> => {
  const { owner, slug } = root.repository
  const role = roleOf(root, principal)
  if (role === undefined) return Effect.fail(new RepositoryUnknown({ name: `${owner}/${slug}` }))
  if (needed === "read") return Effect.void
  if (principal === null) {
    return Effect.fail(new Unauthenticated({ reason: `${needed} access to ${owner}/${slug} needs a token` }))
  }
  if (rank[role] < rank[needed]) {
    return Effect.fail(new Forbidden({ reason: `${principal.user} has no ${needed} access to ${owner}/${slug}` }))
  }
  if (rank[principal.scope] < rank[needed]) {
    return Effect.fail(new Forbidden({ reason: `this token has only ${principal.scope} scope; ${needed} is needed` }))
  }
  return Effect.void
}
