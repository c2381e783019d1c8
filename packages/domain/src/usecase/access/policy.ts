/** The access policy: one pure function decides for every use case. */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Role, Root } from "../../repository/Root.ts"
import { RepositoryArchived } from "../../repository/rootErrors.ts"
import { isElsewhere, noTeams, rank, type Reader, type RoleInTeams, roleOfReader } from "../../repository/rule/roles.ts"
import type { Scope, Token } from "../../hub/Token.ts"

/** The holder of a valid token. A request without a token has no principal. */
export interface Principal extends Reader {
  readonly scope: Scope
  /** When the token ends, in ISO 8601, UTC; null if it does not expire. */
  readonly expiresAt: string | null
}

export const principalOf = (token: Token): Principal => ({
  user: token.user,
  scope: token.scope,
  repository: token.repository,
  expiresAt: token.expiresAt
})

/** Returns the principal of an operator who acts as a user, with all rights of that user. */
export const actingAs = (user: UserName): Principal => ({ user, scope: "admin", repository: null, expiresAt: null })

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
  name: Schema.String,
  /** What a caller who may read it can do. */
  remedy: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const remedy = this.remedy === undefined ? "" : `; ${this.remedy}`
    return `there is no repository ${cut(this.name, 200)} that you can see${remedy}`
  }
}

/** The repository has another name now. Only a caller who may read it learns this. */
export class RepositoryMoved extends Schema.TaggedError<RepositoryMoved>()("RepositoryMoved", {
  kind: errorKind("moved"),
  from: Schema.String,
  to: Schema.String,
  /** The URL of the repository for clients, where it is known. */
  url: Schema.optionalKey(Schema.String)
}) {
  static readonly details = ["from", "to"] as const
  override get message() {
    const remedy = this.url === undefined ? "" : `: muse remote set-url origin ${this.url}`
    return `${this.from} is now ${this.to}${remedy}`
  }
}

/**
 * The access that a use case needs. `participate`, `write` and `admin` each contain the ones before them; `admin`
 * contains `oversee` too, which is what administrators keep while a repository is archived. `upload` is for whoever may
 * write. It may be decided by a root that is seconds old, since an upload changes nothing that a reader sees.
 * `undelete` is the only one that a deleted repository allows.
 */
export type Access = "read" | "oversee" | "participate" | "upload" | "write" | "admin" | "undelete"

interface Need {
  readonly role: Role
  readonly scope: Scope
  /** Whether the caller must be authenticated. */
  readonly person: boolean
  /** Whether an archived repository allows it. */
  readonly archived: boolean
}

const writing: Need = { role: "write", scope: "write", person: true, archived: false }

const needs: { readonly [A in Access]: Need } = {
  read: { role: "read", scope: "read", person: false, archived: true },
  oversee: { role: "admin", scope: "admin", person: true, archived: true },
  participate: { role: "read", scope: "write", person: true, archived: false },
  upload: writing,
  write: writing,
  admin: { role: "admin", scope: "admin", person: true, archived: false },
  undelete: { role: "admin", scope: "admin", person: true, archived: true }
}

/** Accesses that a refusal calls by the role that they need. */
const names: { readonly [A in Access]?: Role } = { oversee: "admin", undelete: "admin", upload: "write" }

/** Why the policy does not allow a request. */
export type Denied = Unauthenticated | Forbidden | RepositoryArchived | RepositoryUnknown

/**
 * Allows a request or fails with the reason. A repository that the caller may not read, or that was deleted, looks like
 * one that does not exist; whoever may bring a deleted one back learns that it was.
 */
export const authorize = (
  root: Root,
  principal: Principal | null,
  needed: Access,
  inTeams: RoleInTeams
): Effect.Effect<void, Denied> => {
  const { archived, owner, slug } = root.repository
  const role = roleOfReader(root, principal, inTeams)
  const need = needs[needed]
  const isGone = root.deletion !== null && (needed !== "undelete" || role === undefined || rank[role] < rank[need.role])
  if (role === undefined || isGone) return Effect.fail(new RepositoryUnknown({ name: `${owner}/${slug}` }))
  const called = names[needed] ?? needed
  if (!need.person) return Effect.void
  if (principal === null) {
    return Effect.fail(new Unauthenticated({ reason: `${called} access to ${owner}/${slug} needs a token` }))
  }
  const forbidden = (reason: string) => Effect.fail(new Forbidden({ reason }))
  if (isElsewhere(root, principal)) return forbidden(`this token does not cover ${owner}/${slug}`)
  if (rank[role] < rank[need.role]) return forbidden(`${principal.user} has no ${called} access to ${owner}/${slug}`)
  if (rank[principal.scope] < rank[need.scope]) {
    return forbidden(`this token has only ${principal.scope} scope; ${need.scope} is needed`)
  }
  if (archived && !need.archived) return Effect.fail(new RepositoryArchived({ name: `${owner}/${slug}` }))
  return Effect.void
}

/** Asks the policy, and looks up the teams of the repository's owner only where they may decide. */
export const permitted = Effect.fnUntraced(function* (
  root: Root,
  principal: Principal | null,
  needed: Access
): Effect.fn.Return<void, Denied | StoreUnavailable> {
  const denied = yield* Effect.flip(authorize(root, principal, needed, noTeams)).pipe(Effect.option)
  if (Option.isNone(denied)) return
  const mayChange = denied.value._tag === "Forbidden" || denied.value._tag === "RepositoryUnknown"
  if (principal === null || isElsewhere(root, principal) || !mayChange) return yield* denied.value
  yield* authorize(root, principal, needed, yield* teamRolesOf(root))
})
