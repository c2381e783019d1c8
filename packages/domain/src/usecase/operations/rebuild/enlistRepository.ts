/** Lists one repository in the index by its root, before its packs are read. */
import { Effect, Option } from "effect"
import { readClaim } from "../../../invariant/NameClaims.ts"
import { Packs } from "../../../invariant/packs/Packs.ts"
import { rootWithSequence } from "../../../invariant/RootHistory.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import type { Root } from "../../../repository/Root.ts"
import { isRootLost } from "./isRootLost.ts"
import type { OnLoss } from "./Loss.ts"

/** A repository that is listed, and when its refs last moved: ISO 8601, UTC. */
export interface Enlisted {
  readonly id: RepositoryId
  readonly movedAt: string
  /** Count of the objects in the packs that its root names. */
  readonly objects: number
}

/** Returns when a user last changed a root. One for which packs were merged does not tell; the one before does. */
const movedAt = Effect.fnUntraced(function* (root: Root) {
  const unknown = { changes: [] }
  const { changes } =
    root.changes.length > 0 || root.sequence === 0
      ? root
      : yield* Effect.orElseSucceed(rootWithSequence(root, root.sequence - 1), () => unknown)
  return changes.at(-1)?.at ?? root.repository.createdAt
})

/**
 * Reads a root and lists its repository, or tells of a loss. One whose name was never claimed or that was deleted does
 * not exist, and neither does one that was never finished.
 */
export const enlistRepository = (id: RepositoryId, onLoss: OnLoss) => {
  const enlisted = Effect.gen(function* () {
    const root = yield* (yield* Roots).read(id)
    if (root.value.deletion !== null) return Option.none()
    const claim = yield* readClaim(root.value.repository)
    if (!Option.exists(claim, ({ repository }) => repository === id)) return Option.none()
    const index = yield* RepositoryIndex
    const { owner, slug } = root.value.repository
    const row = yield* index.repositoryByName(owner, slug)
    if (!Option.exists(row, ({ repository }) => repository.id === id)) yield* index.enlist(root)
    const packs = yield* (yield* Packs).readableOf(root.value)
    const objects = packs.reduce((sum, pack) => sum + pack.objects, 0)
    return Option.some<Enlisted>({ id, movedAt: yield* movedAt(root.value), objects })
  })
  const lost = (what: string, { message }: Error) =>
    Effect.as(onLoss({ what, reason: message }), Option.none<Enlisted>())
  return Effect.catchTags(enlisted, {
    RootMissing: (missing) =>
      Effect.flatMap(isRootLost(id), (isLost) =>
        isLost ? lost(`the root of repository ${id}`, missing) : Effect.succeed(Option.none<Enlisted>())
      ),
    ObjectCorrupt: (damaged) => lost(`repository ${id}`, damaged)
  })
}
