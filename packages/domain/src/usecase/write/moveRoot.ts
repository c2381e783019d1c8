/** Moves the root, then brings the index up to date. */
import { Effect } from "effect"
import type { KnownNodes } from "../../history/CommitNode.ts"
import { namingPacks } from "../../invariant/packs/namingPacks.ts"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import { TeamRoles } from "../../invariant/teams/TeamRoles.ts"
import type { StoredDocument, StoredPack } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"
import { AccessLost, type RepositoryArchived } from "../../repository/rootErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { permitted } from "../access/policy.ts"
import { Deriving } from "../derive/Deriving.ts"
import { Packing } from "../packs/Packing.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"

/** What moving the root asks and writes. */
export type MoveServices = CatchUpServices | Roots

/** Who may change something. The type of each use case says what it needs. */
type Mover = OpenRepository<"participate" | "oversee" | "upload" | "undelete">

/**
 * Decides only while the caller still has the access that the repository was opened with. A body may take hours. The
 * decision may run in the fiber of another request, or of the hub's own work, so it brings the teams that it asks.
 */
const whileAllowed = Effect.fnUntraced(function* <E>(open: Mover, decide: Decision<E>) {
  const teams = yield* TeamRoles
  const decideAllowed: Decision<E | AccessLost | RepositoryArchived> = (root) =>
    permitted(root, open.principal, open.access).pipe(
      Effect.mapError((error) =>
        error._tag === "RepositoryArchived" || error._tag === "StoreUnavailable"
          ? error
          : new AccessLost({ repository: open.id })
      ),
      Effect.andThen(decide(root)),
      Effect.provideService(TeamRoles, teams)
    )
  return decideAllowed
})

/**
 * Moves the root, and names new packs with the move. If `decide` returns null, nothing is written, and the packs are
 * not named. The index is not asked for commits of which the caller has `nodes`, since it knows them or they are in the
 * packs.
 */
export const moveRoot = Effect.fnUntraced(function* <E>(
  open: Mover,
  decide: Decision<E>,
  packs: ReadonlyArray<StoredPack> = [],
  nodes: KnownNodes = new Map()
) {
  const roots = yield* Roots
  const { request } = yield* Packing
  const naming = yield* namingPacks(yield* whileAllowed(open, decide), open.root.value, packs)
  // A collection that was stopped may be in the way: merging finishes it first.
  const moved = yield* Effect.tapErrorTag(roots.move(open.id, naming), "RootContended", () => request(open.id))
  yield* followMove(moved, open, nodes)
  return moved
})

/** Brings the index up to date. The move has already happened, so a failure is logged; the next open repairs it. */
const followMove = Effect.fnUntraced(function* (
  moved: StoredDocument<Root>,
  { indexed, root }: OpenRepository,
  nodes: KnownNodes
) {
  const packing = yield* Packing
  const deriving = yield* Deriving
  yield* catchUp(moved, indexed ? { root, nodes } : undefined).pipe(
    Effect.andThen(packing.request(moved.value.repository.id)),
    Effect.andThen(deriving.request(moved.value.repository)),
    Effect.catch((error) => Effect.logWarning("the index is behind the root", error))
  )
})
