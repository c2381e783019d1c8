/** Names new packs with a move of the root. */
import { Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { RootContended } from "../../repository/rootErrors.ts"
import { Packs } from "./Packs.ts"
import type { Decision } from "../Roots.ts"
import { requiringKept } from "./requiringKept.ts"

/** Lists the commits and snapshots of packs. Only their ids leave fields out, so only they can differ under one id. */
const records = (packs: ReadonlyArray<StoredPack>) =>
  packs.flatMap(({ directory }) => [...directory].filter(({ type }) => type !== "blob"))

/** The parts of a root that name commits. */
const refParts = ["heads", "tags", "releases", "proposals"] as const

/**
 * Extends a decision: the packs are named in the same root write. `seen` is the root in whose packs the objects were
 * looked for before these packs were written. Fails with `RootContended` if another writer has named other bytes under
 * one of their ids since, so that the first bytes stay, or if a garbage collection has dropped objects that the move
 * may rely on, or deletes something that it relies on.
 */
export const namingPacks = Effect.fnUntraced(function* <E>(
  decide: Decision<E>,
  seen: Root,
  packs: ReadonlyArray<StoredPack>
) {
  const { lookIn, namedBy } = yield* Packs
  const repository: RepositoryId = seen.repository.id
  const before = new Set((yield* namedBy(seen)).map(({ sha256 }) => sha256))
  const contended = new RootContended({ repository, attempts: 1 })
  const requireKept = yield* requiringKept(seen, packs)

  const checkFirst = Effect.fnUntraced(function* (named: ReadonlyArray<PackRef>) {
    const since = named.filter(({ sha256 }) => !before.has(sha256))
    if (since.length === 0) return
    const own = records(packs)
    const look = yield* lookIn(repository, since)
    if (own.some((object) => (look(object)?.object.sha256 ?? object.sha256) !== object.sha256)) return yield* contended
  })

  const naming: Decision<E | RootContended | ObjectCorrupt | StoreUnavailable> = Effect.fnUntraced(function* (root) {
    const move = yield* decide(root)
    if (move === null) return null
    const isRelying = packs.length > 0 || refParts.some((part) => part in move.root)
    if (isRelying && root.collectionEpoch !== seen.collectionEpoch) return yield* contended
    if (packs.length === 0) return move
    const named = yield* namedBy(root)
    yield* requireKept(root, named)
    yield* checkFirst(named)
    const present = new Set(named.map(({ sha256 }) => sha256))
    const added = packs.flatMap(({ ref }) => (present.has(ref.sha256) ? [] : [ref]))
    return { ...move, root: { ...move.root, packs: [...root.packs, ...added] } }
  })
  return naming
})
