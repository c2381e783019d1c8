/** What a user may do in a repository, by its root and by the teams of its owner. */
import type { RepositoryId } from "../../object/Id.ts"
import type { UserName } from "../Names.ts"
import type { Role, Root } from "../Root.ts"

/** Orders roles: each includes the ones of lower rank. */
export const rank: { readonly [R in Role]: number } = { read: 1, write: 2, admin: 3 }

/** Returns the role that a user has in one repository by being in teams; undefined without any. */
export type RoleInTeams = (user: UserName) => Role | undefined

/** Where there are no teams. */
export const noTeams: RoleInTeams = () => undefined

/** Returns the greater of two roles. */
export const greaterRole = (one: Role | undefined, other: Role | undefined): Role | undefined =>
  one === undefined || (other !== undefined && rank[other] > rank[one]) ? other : one

/** Returns a user's role in a repository, before the limits of a token. Teams widen what the root grants. */
export const roleOfUser = (root: Root, user: UserName, inTeams: RoleInTeams): Role | undefined => {
  if (user === root.repository.owner) return "admin"
  const everyone = root.repository.visibility === "public" || user === root.offeredTo ? "read" : undefined
  return greaterRole(root.grants.find(([granted]) => granted === user)?.[1] ?? everyone, inTeams(user))
}

/** A user who asks, in one `repository` alone if their token is limited to it. */
export interface Reader {
  readonly user: UserName
  readonly repository: RepositoryId | null
}

/** Returns whether the reader's token is limited to another repository. Such a reader has the rights of anybody. */
export const isElsewhere = (root: Root, { repository }: Reader): boolean =>
  repository !== null && repository !== root.repository.id

/** Returns the role of a reader; null is a reader without a token. The repository is hidden from one without a role. */
export const roleOfReader = (root: Root, reader: Reader | null, inTeams: RoleInTeams): Role | undefined => {
  if (reader !== null && !isElsewhere(root, reader)) return roleOfUser(root, reader.user, inTeams)
  return root.repository.visibility === "public" ? "read" : undefined
}

const has = (root: Root, user: UserName, role: Role, inTeams: RoleInTeams): boolean =>
  rank[roleOfUser(root, user, inTeams) ?? "read"] >= rank[role]

export const mayWrite = (root: Root, user: UserName, inTeams: RoleInTeams): boolean => has(root, user, "write", inTeams)

export const mayAdminister = (root: Root, user: UserName, inTeams: RoleInTeams): boolean =>
  has(root, user, "admin", inTeams)
