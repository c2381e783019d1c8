/**
 * Proves that the index can be lost: fills an empty one from the store, and compares the two row by row. Only the empty
 * one is written. A hub may serve meanwhile: what differs is filled and compared once more, and again while its root
 * moves. A store or an index that does not answer ends the proof, since silence says nothing of what is there.
 */
import { Context, Effect, Option, Stream } from "effect"
import { type ObjectName, Packs } from "../../../invariant/packs/Packs.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { ObjectType, RepositoryId } from "../../../object/Id.ts"
import type { Index } from "../../../port/index/Index.ts"
import { PackIndex } from "../../../port/index/PackIndex.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { TableIndex } from "../../../port/index/TableIndex.ts"
import { comparedTable, comparedTableNames, type ComparedTableName } from "../../../port/tables/comparedTables.ts"
import type { Root } from "../../../repository/Root.ts"
import {
  type RebuildError,
  rebuildHub,
  rebuildIndex,
  type RebuildServices,
  type RebuiltIndex,
  type RebuildOptions
} from "../rebuildIndex.ts"
import { requireSameHub, type SameHubError } from "../requireSameHub.ts"
import { type Difference, differentRows } from "./comparedRows.ts"
import { rebuildRepository } from "./rebuildRepository.ts"

/** How often a repository is compared whose root moves meanwhile. */
const comparisonsMax = 5
/** Differences of one repository in memory. With more of them, its root is no longer waited for. */
const heldMax = 1000

const isOfHub = (name: ComparedTableName): boolean => comparedTable(name).repository === null

/** The tables whose rows belong to no repository. */
export const hubTables = comparedTableNames.filter(isOfHub)
const repositoryTables = comparedTableNames.filter((name) => !isOfHub(name))

/** The tables whose rows say where the bytes of an object are. */
const typeOfTable: { readonly [T in ComparedTableName]?: ObjectType } = {
  blobs: "blob",
  snapshots: "snapshot",
  commits: "commit"
}

/** Says whether a pack that the root names has an object at this place. */
const isHeldAt = Effect.fnUntraced(function* (root: Root, name: ObjectName, uri: string) {
  const { lookIn, readableOf } = yield* Packs
  const packs = (yield* readableOf(root)).filter(({ sha256 }) => uri.includes(sha256))
  for (const pack of packs) {
    const place = (yield* lookIn(root.repository.id, [pack]))(name)
    if (place?.pack.uriOf(place.object) === uri) return true
  }
  return false
})

/** Says whether rows differ in nothing but which of several packs is said to have the object. */
const isElsewhere = Effect.fnUntraced(
  function* ({ key, repository, table, values }: Difference) {
    const type = typeOfTable[table]
    const [value, ...others] = values
    if (type === undefined || repository === null || value?.column !== "storage_uri" || others.length > 0) return false
    const root = yield* (yield* Roots).read(repository)
    return yield* isHeldAt(root.value, { type, id: key.get("id") } as ObjectName, value.live ?? "")
  },
  Effect.catchTags({ RootMissing: () => Effect.succeed(false), ObjectCorrupt: () => Effect.succeed(false) })
)

export interface ProveOptions {
  /** An empty index, which is filled. */
  readonly shadow: Context.Context<Index>
  /** Is told of each row that differs, in the order of the tables within a repository. */
  readonly onDifference: (difference: Difference) => Effect.Effect<void>
  /** What is told of filling it. */
  readonly rebuild?: Omit<RebuildOptions, "repositories"> | undefined
}

/** What was read from the store, and how many rows of the index differ from it. */
export interface Proof extends RebuiltIndex {
  readonly differences: number
}

/** What is lost was told when it was read first. */
const again = () => Effect.void

export type ProveError = RebuildError | SameHubError

/** Fills the shadow from the store, and compares every row of the index with it. */
export const proveIndex = Effect.fn("proveIndex")(function* ({
  onDifference,
  rebuild,
  shadow
}: ProveOptions): Effect.fn.Return<Proof, ProveError, RebuildServices | TableIndex> {
  const live = yield* TableIndex
  const livePacks = yield* PackIndex
  const inShadow = Effect.provideContext(shadow)
  let differences = 0
  const tell = (difference: Difference) => {
    differences += 1
    return onDifference(difference)
  }

  const compared = (repository: RepositoryId | null) =>
    Stream.fromIterable(repository === null ? hubTables : repositoryTables).pipe(
      Stream.flatMap((table) => differentRows(live, Context.get(shadow, TableIndex), table, repository)),
      Stream.filterEffect((difference) => Effect.map(isElsewhere(difference), (is) => !is))
    )

  const sequenceOf = (repository: RepositoryId) =>
    Effect.map(livePacks.packs(repository), ({ rootSequence }) => rootSequence)

  /** Tells what differs, unless the root moves before all of it is known. Says whether it was told. */
  const told = Effect.fnUntraced(function* (repository: RepositoryId, mayWait: boolean) {
    const before = yield* sequenceOf(repository)
    yield* inShadow(
      Effect.andThen(Context.get(shadow, RepositoryIndex).forget(repository), rebuildRepository(repository, again))
    )
    const held: Array<Difference> = []
    let isWaiting = mayWait
    yield* Stream.runForEach(compared(repository), (difference) => {
      if (!isWaiting) return tell(difference)
      held.push(difference)
      if (held.length < heldMax) return Effect.void
      isWaiting = false
      return Effect.forEach(held.splice(0), tell, { discard: true })
    })
    if (isWaiting && (yield* sequenceOf(repository)) !== before) return false
    yield* Effect.forEach(held, tell, { discard: true })
    return true
  })

  const proveRepository = Effect.fnUntraced(function* (repository: RepositoryId) {
    if (Option.isNone(yield* Stream.runHead(compared(repository)))) return
    for (let again = comparisonsMax; !(yield* told(repository, again > 1)); again -= 1);
  })

  yield* inShadow(requireSameHub)
  const rebuilt = yield* inShadow(rebuildIndex(rebuild))
  if (Option.isSome(yield* Stream.runHead(compared(null)))) {
    // A hub may have made a user or a token meanwhile.
    yield* inShadow(rebuildHub(again))
    yield* Stream.runForEach(compared(null), tell)
  }
  const next = Effect.fnUntraced(function* (after: RepositoryId | undefined) {
    const ids = yield* Effect.forEach([live, Context.get(shadow, TableIndex)], (index) => index.repositoryAfter(after))
    const [first] = ids.flatMap((id) => Option.toArray(id)).toSorted()
    return first
  })
  for (let id = yield* next(undefined); id !== undefined; id = yield* next(id)) yield* proveRepository(id)
  return { ...rebuilt, differences }
})
