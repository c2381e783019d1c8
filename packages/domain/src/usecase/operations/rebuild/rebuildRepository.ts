/** Brings the rows of one repository up to its root, and tells what the store lost of it. */
import { Effect, Option, Result } from "effect"
import { readClaim } from "../../../invariant/NameClaims.ts"
import { Packs } from "../../../invariant/packs/Packs.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { PackIndex } from "../../../port/index/PackIndex.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import type { FullName } from "../../../repository/Names.ts"
import type { Root } from "../../../repository/Root.ts"
import { isReflected } from "../../access/isReflected.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import type { OnLoss } from "./Loss.ts"

/** A repository whose rows are complete, but for its losses. */
export interface RebuiltRepository {
  readonly id: RepositoryId
  readonly name: FullName
  /** Count of the packs that its root names. */
  readonly packs: number
  /** Count of the packs that cannot be read. */
  readonly lost: number
}

/** Tells of the packs that a root names and whose objects have no rows, since they cannot be read. */
const withLostPacks = Effect.fnUntraced(function* (root: Root, onLoss: OnLoss) {
  const { namedBy, open } = yield* Packs
  const { id } = root.repository
  const packs = yield* namedBy(root)
  const recorded = yield* (yield* PackIndex).packs(id)
  const lost = packs.filter(({ sha256 }) => !recorded.packs.has(sha256))
  for (const ref of lost) {
    const opened = yield* Effect.result(open(id, ref))
    const reason = Result.isFailure(opened) ? opened.failure.message : "its objects were not recorded"
    yield* onLoss({ what: `pack ${ref.sha256} of repository ${id}`, reason })
  }
  return { packs: packs.length, lost: lost.length }
})

/** Records what the store has of a repository. What is damaged or gone is a loss, and an unanswered call is none. */
export const rebuildRepository = (id: RepositoryId, onLoss: OnLoss) => {
  const rebuilt = Effect.gen(function* () {
    const index = yield* RepositoryIndex
    const root = yield* (yield* Roots).read(id)
    const name = root.value.repository
    if (!Option.exists(yield* readClaim(name), ({ repository }) => repository === id)) return Option.none()
    const row = yield* index.repositoryByName(name.owner, name.slug)
    if (Option.isSome(row) && row.value.repository.id === id) yield* isReflected(root, row.value)
    // Rows that turn out to be wrong are deleted, and recorded again at the second attempt.
    yield* Effect.retry(catchUp(root), { while: ({ _tag }) => _tag === "IndexUnavailable", times: 1 })
    if (root.value.deletion !== null) return Option.none()
    return Option.some<RebuiltRepository>({ id, name, ...(yield* withLostPacks(root.value, onLoss)) })
  })
  const damaged = ({ message }: Error) =>
    Effect.as(onLoss({ what: `repository ${id}`, reason: message }), Option.none<RebuiltRepository>())
  return Effect.catchTags(rebuilt, {
    // It was deleted or damaged since it was listed.
    RootMissing: damaged,
    RefsLost: damaged,
    ObjectMissing: damaged,
    ObjectCorrupt: damaged
  })
}
