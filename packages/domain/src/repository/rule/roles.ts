/** What a user may do in a repository, by the root alone. */
import type { RepositoryId } from "../../object/Id.ts"
import type { UserName } from "../Names.ts"
import type { Role, Root } from "../Root.ts"

/** Orders roles: each includes the ones of lower rank. */
export const rank: { readonly [R in Role]: number } = { read: 1, write: 2, admin: 3 }

/** Returns a user's role in a repository, before the limits of a token. */
export const roleOfUser = (root: Root, user: UserName): Role | undefined => {
  if (user === root.repository.owner) return "admin"
  const everyone = root.repository.visibility === "public" || user === root.offeredTo ? "read" : undefined
  return root.grants.find(([granted]) => granted === user)?.[1] ?? everyone
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
export const roleOfReader = (root: Root, reader: Reader | null): Role | undefined => {
  if (reader !== null && !isElsewhere(root, reader)) return roleOfUser(root, reader.user)
  return root.repository.visibility === "public" ? "read" : undefined
}

const has = (root: Root, user: UserName, role: Role): boolean => rank[roleOfUser(root, user) ?? "read"] >= rank[role]

export const mayWrite = (root: Root, user: UserName): boolean => has(root, user, "write")

export const mayAdminister = (root: Root, user: UserName): boolean => has(root, user, "admin")
