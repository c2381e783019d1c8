/** Brings the rows of one repository up to its root, and tells what the store lost of it. */
import { Effect, Option, Result } from "effect"
import { readClaim } from "../../../invariant/NameClaims.ts"
import { Packs } from "../../../invariant/packs/Packs.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { PackIndex } from "../../../port/index/PackIndex.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import type { FullName } from "../../../repository/Names.ts"
import type { Root } from "../../../repository/Root.ts"
import { isReflected } from "../../access/isReflected.ts"
import { catchUp } from "../../recovery/catchUp.ts"

/** What could not be read from the store, and is not in the index for that. */
export interface Loss {
  /** Names the document, the repository or the pack. */
  readonly what: string
  readonly reason: string
}

/** A repository whose rows are complete, but for its losses. */
export interface RebuiltRepository {
  readonly id: RepositoryId
  readonly name: FullName
  /** Count of the packs that its root names. */
  readonly packs: number
  readonly losses: ReadonlyArray<Loss>
}

/** Finds the packs that a root names and whose objects have no rows, since they cannot be read. */
const lostPacks = Effect.fnUntraced(function* (root: Root) {
  const { namedBy, open } = yield* Packs
  const { id } = root.repository
  const packs = yield* namedBy(root)
  const recorded = yield* (yield* PackIndex).packs(id)
  const lost = yield* Effect.forEach(
    packs.filter(({ sha256 }) => !recorded.packs.has(sha256)),
    Effect.fnUntraced(function* (ref) {
      const opened = yield* Effect.result(open(id, ref))
      const reason = Result.isFailure(opened) ? opened.failure.message : "its objects were not recorded"
      return { what: `pack ${ref.sha256} of repository ${id}`, reason }
    })
  )
  return { packs: packs.length, lost }
})

/** Brings the rows of a repository up to its root. A repository whose name was never claimed does not exist. */
const rebuildWhole = Effect.fnUntraced(function* (id: RepositoryId) {
  const roots = yield* Roots
  const index = yield* RepositoryIndex
  const root = yield* roots.read(id)
  const name = root.value.repository
  if (!Option.exists(yield* readClaim(name), ({ repository }) => repository === id)) return Option.none()
  const row = yield* index.repositoryByName(name.owner, name.slug)
  if (Option.isSome(row) && row.value.repository.id === id) yield* isReflected(root, row.value)
  // Rows that turn out to be wrong are deleted, and recorded again at the second attempt.
  yield* Effect.retry(catchUp(root), { while: ({ _tag }) => _tag === "IndexUnavailable", times: 1 })
  const { lost, packs } = yield* lostPacks(root.value)
  return Option.some<RebuiltRepository>({ id, name, packs, losses: lost })
})

/** Says what a repository without a root has left: nothing, if its creation was never finished. */
const withoutRoot = Effect.fnUntraced(function* (id: RepositoryId, reason: string) {
  const { items } = yield* (yield* ObjectStore).list(id, "pack", { limit: 1 })
  const loss: Loss = { what: `the root of repository ${id}`, reason }
  return items.length === 0 ? [] : [loss]
})

/** Records what the store has of a repository. What is damaged or gone is a loss, and an unanswered call is none. */
export const rebuildRepository = (id: RepositoryId) => {
  const lost = (losses: ReadonlyArray<Loss>) => ({ rebuilt: Option.none<RebuiltRepository>(), losses })
  const damaged = ({ message }: Error) => Effect.succeed(lost([{ what: `repository ${id}`, reason: message }]))
  return rebuildWhole(id).pipe(
    Effect.map((rebuilt) => ({ rebuilt, losses: Option.isNone(rebuilt) ? [] : rebuilt.value.losses })),
    Effect.catchTags({
      RootMissing: ({ message }) => Effect.map(withoutRoot(id, message), lost),
      RefsLost: damaged,
      ObjectMissing: damaged,
      ObjectCorrupt: damaged
    })
  )
}
