/** The access policy: one pure function decides for every use case. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Role, Root } from "../../repository/Root.ts"
import type { Scope, Token } from "../../hub/Token.ts"

/** The holder of a valid token. A request without a token has no principal. */
export interface Principal {
  readonly user: UserName
  readonly scope: Scope
  /** The only repository that the token is valid for; null if it is not limited. */
  readonly repository: RepositoryId | null
}

export const principalOf = (token: Token): Principal => ({
  user: token.user,
  scope: token.scope,
  repository: token.repository
})

/** The request needs a valid token and has none. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  kind: errorKind("unauthenticated"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The token is valid, but its user or its scope does not allow this. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  kind: errorKind("forbidden"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The repository does not exist, or the caller may not know that it does. */
export class RepositoryUnknown extends Schema.TaggedError<RepositoryUnknown>()("RepositoryUnknown", {
  kind: errorKind("not found"),
  name: Schema.String
}) {
  override get message() {
    return `there is no repository ${this.name.slice(0, 200)} that you can see`
  }
}

const rank: { readonly [R in Role]: number } = { read: 1, write: 2, admin: 3 }

/** The access that a use case needs. Each contains the ones before it. */
export type Access = "read" | "participate" | "write" | "admin"

/**
 * The requirements of each access: a role in the repository, a scope of the token, and whether the caller must be
 * authenticated.
 */
const needs: { readonly [A in Access]: { readonly role: Role; readonly scope: Scope; readonly person: boolean } } = {
  read: { role: "read", scope: "read", person: false },
  participate: { role: "read", scope: "write", person: true },
  write: { role: "write", scope: "write", person: true },
  admin: { role: "admin", scope: "admin", person: true }
}

/** Returns a user's role in a repository, before the token's limits. */
export const roleOfUser = (root: Root, user: UserName): Role | undefined => {
  if (user === root.repository.owner) return "admin"
  const everyone = root.repository.visibility === "public" ? "read" : undefined
  return root.grants.find(([granted]) => granted === user)?.[1] ?? everyone
}

export const mayWrite = (root: Root, user: UserName): boolean => rank[roleOfUser(root, user) ?? "read"] >= rank.write

/** Returns whether the token is limited to another repository. Its holder is then treated as anonymous. */
const isElsewhere = (root: Root, principal: Principal): boolean =>
  principal.repository !== null && principal.repository !== root.repository.id

const roleOf = (root: Root, principal: Principal | null): Role | undefined =>
  principal === null || isElsewhere(root, principal)
    ? root.repository.visibility === "public"
      ? "read"
      : undefined
    : roleOfUser(root, principal.user)

/**
 * Allows a request or fails with the reason. A repository that the caller may not read looks like one that does not
 * exist.
 */
export const authorize = (
  root: Root,
  principal: Principal | null,
  needed: Access
): Effect.Effect<void, Unauthenticated | Forbidden | RepositoryUnknown> => {
  const { owner, slug } = root.repository
  const role = roleOf(root, principal)
  if (role === undefined) return Effect.fail(new RepositoryUnknown({ name: `${owner}/${slug}` }))
  const need = needs[needed]
  if (!need.person) return Effect.void
  if (principal === null) {
    return Effect.fail(new Unauthenticated({ reason: `${needed} access to ${owner}/${slug} needs a token` }))
  }
  const forbidden = (reason: string) => Effect.fail(new Forbidden({ reason }))
  if (isElsewhere(root, principal)) return forbidden(`this token does not cover ${owner}/${slug}`)
  if (rank[role] < rank[need.role]) return forbidden(`${principal.user} has no ${needed} access to ${owner}/${slug}`)
  if (rank[principal.scope] < rank[need.scope]) {
    return forbidden(`this token has only ${principal.scope} scope; ${need.scope} is needed`)
  }
  return Effect.void
}
