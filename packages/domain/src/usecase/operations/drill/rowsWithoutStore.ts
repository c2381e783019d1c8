/** Finds what the live index knows of, and a rebuild does not bring back: users, tokens, domains and repositories. */
import { Context, Effect, Option, Stream } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import type { Index } from "../../../port/index/Index.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { TableIndex } from "../../../port/index/TableIndex.ts"
import { type Difference, differentRows } from "../rebuild/comparedRows.ts"
import { hubTables } from "../rebuild/proveIndex.ts"
import { rebuildRepository } from "../rebuild/rebuildRepository.ts"
import { rebuildHub } from "../rebuildIndex.ts"

/** What is lost was told when it was read first. */
const again = () => Effect.void

/** Streams the repositories that an index has rows of, in ascending order of id. */
const repositoriesOf = (index: TableIndex["Service"]): Stream.Stream<RepositoryId, IndexUnavailable> =>
  Stream.paginate<RepositoryId | undefined, RepositoryId, IndexUnavailable, never>(undefined, (after) =>
    Effect.map(index.repositoryAfter(after), (found) => [Option.toArray(found), found])
  )

const hasRow = (index: TableIndex["Service"], repository: RepositoryId) =>
  Effect.map(
    index.tableRows({ table: "repositories", repository, after: undefined, limit: 1 }),
    ({ length }) => length > 0
  )

/**
 * Tells each row of the live index for the hub that the rebuilt one lacks or has otherwise, and each repository that it
 * lacks; of given repositories, those alone. What came into the store meanwhile is recorded first. What the live index
 * lacks is no loss, and not told.
 */
export const rowsWithoutStore = Effect.fnUntraced(function* (
  live: Context.Context<Index>,
  rebuilt: Context.Context<Index>,
  repositories: ReadonlyArray<RepositoryId> | undefined,
  tell: (difference: Difference) => Effect.Effect<void>
) {
  const [ours, theirs] = [Context.get(live, TableIndex), Context.get(rebuilt, TableIndex)]
  const inRebuilt = Effect.provideContext(rebuilt)
  const ofHub = Stream.fromIterable(hubTables).pipe(
    Stream.flatMap((table) => differentRows(ours, theirs, table, null)),
    Stream.filter(({ difference }) => difference !== "missing")
  )
  if (repositories === undefined && Option.isSome(yield* Stream.runHead(ofHub))) {
    yield* inRebuilt(rebuildHub(again))
    yield* Stream.runForEach(ofHub, tell)
  }
  yield* Stream.runForEach(
    repositories === undefined
      ? repositoriesOf(ours)
      : Stream.filterEffect(Stream.fromIterable(repositories), (repository) => hasRow(ours, repository)),
    Effect.fnUntraced(function* (repository) {
      if ((yield* hasRow(theirs, repository)) || Option.isSome(yield* inRebuilt(rebuildRepository(repository, again))))
        return
      yield* tell({ table: "repositories", repository, key: new Map(), difference: "extra", values: [] })
    })
  )
})
