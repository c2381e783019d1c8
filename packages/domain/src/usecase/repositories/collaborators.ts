/** The collaborators of a repository: users other than the owner who have a role. */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { readUser } from "../../invariant/HubDocuments.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { UserName } from "../../repository/Names.ts"
import { type Role, withPair } from "../../repository/Root.ts"
import { UserUnknown } from "../people/showUser.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"

/** The role cannot be granted; `reason` says why. */
export class GrantRefused extends Schema.TaggedError<GrantRefused>()("GrantRefused", {
  kind: errorKind("refused"),
  user: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.user} cannot be given a role: ${this.reason}`
  }
}

export interface Collaborator {
  readonly user: UserName
  readonly role: Role
}

const decodeName = Schema.decodeUnknownOption(UserName)

const setRole = (
  open: OpenRepository<"admin">,
  user: UserName,
  role: Role | undefined
): Decision<GrantRefused | RepositoryFull> =>
  Effect.fnUntraced(function* (root) {
    if (user === root.repository.owner && role !== undefined) {
      return yield* new GrantRefused({ user, reason: "the owner already has admin access" })
    }
    const present = root.grants.find(([name]) => name === user)?.[1]
    if (present === role) return null
    const grants = withPair(root.grants, user, role)
    if (role !== undefined) yield* checkCount("collaborators", grants.length)
    return {
      root: { grants },
      change: { action: "change-collaborators", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })

/** Lists the collaborators in ascending order of name, without the owner. */
export const listCollaborators = (open: OpenRepository<"oversee">): Effect.Effect<ReadonlyArray<Collaborator>> =>
  Effect.sync(() => open.root.value.grants.map(([user, role]) => ({ user, role })))

export type CollaboratorError = UserUnknown | GrantRefused | RepositoryFull | MoveError

/** Grants a user other than the owner a role, which replaces the previous one. */
export const setCollaborator = Effect.fn("setCollaborator")(function* (
  open: OpenRepository<"admin">,
  name: string,
  role: Role
): Effect.fn.Return<Collaborator, CollaboratorError, MoveServices> {
  const unknown = new UserUnknown({ user: name })
  const user = yield* Effect.mapError(Effect.fromOption(decodeName(name)), () => unknown)
  if (Option.isNone(yield* readUser(user))) return yield* unknown
  yield* moveRoot(open, setRole(open, user, role))
  const collaborator: Collaborator = { user, role }
  return collaborator
})

/** Revokes a user's role. Does nothing if the user has none. */
export const removeCollaborator = Effect.fn("removeCollaborator")(function* (
  open: OpenRepository<"admin">,
  name: string
): Effect.fn.Return<void, CollaboratorError, MoveServices> {
  const user = yield* Effect.mapError(Effect.fromOption(decodeName(name)), () => new UserUnknown({ user: name }))
  yield* moveRoot(open, setRole(open, user, undefined))
})
