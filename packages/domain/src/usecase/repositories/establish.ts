/**
 * Begins a repository whose objects are in packs: writes its first root, then claims its name. The claim is
 * the commit point: a root without a name is invisible, and it is deleted if the claim is refused.
 */
import { Effect } from "effect"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { claimName } from "../../invariant/NameClaims.ts"
import { firstRefs } from "../../invariant/refs/refs.ts"
import { type MoveError, Roots } from "../../invariant/Roots.ts"
import { type DocumentConflict, ObjectStore } from "../../port/ObjectStore.ts"
import { recordAudit } from "../../port/Audit.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { UserName } from "../../repository/Names.ts"
import { emptyRoot, type Repository, type Root, type RootAction } from "../../repository/Root.ts"
import type { RepositoryNameTaken, RootExists } from "../../repository/rootErrors.ts"
import { branchRef } from "../../repository/rule/branchRules.ts"
import { Forbidden, type Principal } from "../access/policy.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"

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
  /** The packs with everything that the heads lead to. */
  readonly packs: ReadonlyArray<StoredPack>
}

export type EstablishError = Forbidden | RepositoryNameTaken | RootExists | DocumentConflict | MoveError

/**
 * The most branches of which the root says that they began with it. A fork of more has them without that: the root
 * would not stay small.
 */
const movesMax = 50

/** Begins the repository, owned by its creator. */
export const establish = Effect.fn("establish")(function* ({
  repository,
  heads,
  action,
  packs
}: NewRoot): Effect.fn.Return<Repository, EstablishError, CatchUpServices | Roots> {
  const roots = yield* Roots
  const store = yield* ObjectStore
  const randomId = yield* RandomId
  const { id, createdAt: at, owner: by } = repository
  const moves = yield* firstRefs({ repository }, heads, { count: movesMax + 1 })
  const first: Root = {
    ...emptyRoot,
    repository,
    heads,
    packs: packs.map(({ ref }) => ref),
    changes: [
      {
        action,
        by,
        at,
        moves: moves.length > movesMax ? [] : moves.map(([name, to]) => ({ ref: branchRef(name), from: null, to }))
      }
    ],
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
    catchUp(root)
      // The repository exists. The next open brings the index up to date.
      .pipe(Effect.catch((error) => Effect.logWarning("the index does not know the new repository yet", error)))
  )
  return root.value.repository
})
