/**
 * Begins a repository whose objects are stored and recorded: writes its first root, then claims its name. The claim is
 * the commit point: a root without a name is invisible, and it is deleted if the claim is refused.
 */
import { Effect } from "effect"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { claimName } from "../../invariant/NameClaims.ts"
import { type MoveError, Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { type DocumentConflict, ObjectStore } from "../../port/ObjectStore.ts"
import { recordAudit } from "../../port/Audit.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { UserName } from "../../repository/Names.ts"
import { emptyRoot, type Repository, type Root, type RootAction } from "../../repository/Root.ts"
import type { RepositoryNameTaken, RootExists } from "../../repository/rootErrors.ts"
import { branchRef } from "../../repository/rule/branchRules.ts"
import { Forbidden, type Principal } from "../access/policy.ts"

/** A caller who may create repositories of their own. It is nominal: only `checkCreator` makes one. */
class Creator {
  declare private readonly checked: true
  readonly principal: Principal

  private constructor(principal: Principal) {
    this.principal = principal
  }

  static readonly check = (principal: Principal, owner: UserName): Effect.Effect<Creator, Forbidden> => {
    const forbidden = (reason: string) => Effect.fail(new Forbidden({ reason }))
    if (owner !== principal.user) return forbidden(`${principal.user} cannot create repositories of ${owner}`)
    if (principal.scope === "read" || principal.repository !== null) {
      return forbidden("this token cannot create repositories")
    }
    return Effect.succeed(new Creator(principal))
  }
}
export type { Creator }

/** Checks that the caller may create a repository of this owner. */
export const checkCreator = (principal: Principal, owner: UserName): Effect.Effect<Creator, Forbidden> =>
  Creator.check(principal, owner)

export interface NewRoot {
  readonly repository: Repository
  readonly heads: Root["heads"]
  readonly action: RootAction
  /** The recorded commits, all of which the heads lead to. */
  readonly reachable: ReadonlyArray<CommitId>
}

export type EstablishError = Forbidden | RepositoryNameTaken | RootExists | DocumentConflict | MoveError

/** Begins the repository, owned by its creator. */
export const establish = Effect.fn("establish")(function* ({
  repository,
  heads,
  action,
  reachable
}: NewRoot): Effect.fn.Return<Repository, EstablishError, ObjectStore | RepositoryIndex | Roots> {
  const roots = yield* Roots
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const randomId = yield* RandomId
  const { id, createdAt: at, owner: by } = repository
  const first: Root = {
    ...emptyRoot,
    repository,
    heads,
    changes: [{ action, by, at, moves: heads.map(([name, to]) => ({ ref: branchRef(name), from: null, to })) }],
    nonce: randomId()
  }
  const root = yield* roots.create(first)
  yield* Effect.tapErrorTag(claimName(repository, id, first.nameEpoch, by), "RepositoryNameTaken", () =>
    leaveUndeleted(
      `the root of repository ${id}, whose name is taken,`,
      store.documents.delete({ kind: "root", repository: id })
    )
  )
  const about = `${repository.owner}/${repository.slug}`
  const made = action === "fork" ? "fork" : "create-repository"
  yield* recordAudit({ action: made, outcome: "done", about, details: [] })
  yield* (
    index
      .reflect(root, reachable)
      // The repository exists. The next open brings the index up to date.
      .pipe(Effect.catch((error) => Effect.logWarning("the index does not know the new repository yet", error)))
  )
  return root.value.repository
})
