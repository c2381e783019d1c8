/**
 * Everything that an index says about repositories, in one value that can be compared. Left out is what is not rebuilt
 * from the store: which manifests are kept, since that is a cache, and the staged blobs, since no root names them.
 */
import { assert } from "@effect/vitest"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import { everyItem, type Page, type PageRequest } from "@musehub/domain/port/Page"
import type { Repository } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { Effect, Stream } from "effect"
import { objectTypes, rowsOf, storedIds, type TestHub } from "../support/hubSamples.ts"

type Held = Pick<TestHub, "index" | "store">

const all = <A, E>(list: (page: PageRequest) => Effect.Effect<Page<A>, E>) => Stream.runCollect(everyItem(100, list))

const sorted = <K extends string, V>(map: ReadonlyMap<K, V>) =>
  [...map].toSorted(([one], [other]) => (one < other ? -1 : 1))

const sortedLists = <K extends string>(map: ReadonlyMap<K, ReadonlyArray<string>>) =>
  sorted(new Map(Array.from(map, ([key, values]) => [key, values.toSorted()])))

/** Reads the rows of objects. One that several packs have may be said to be in any of them. */
const placedRows = Effect.fnUntraced(function* ({ index, store }: Held, repository: RepositoryId) {
  const rows = yield* rowsOf(index, repository)
  const stored = yield* storedIds(store, repository)
  return objectTypes.map((type) => {
    const places = Map.groupBy(stored[type], (id) => id)
    return rows[type].map((row) => (places.get(row.id)?.length === 1 ? row : { ...row, storageUri: "several packs" }))
  })
})

/** The rows of objects, and what the index derives from them. */
export const objectFacts = Effect.fnUntraced(function* (hub: Held, repository: RepositoryId) {
  const { index } = hub
  const rows = yield* rowsOf(index, repository)
  const blobs = rows.blob.map(({ id }) => id as BlobId)
  const snapshots = rows.snapshot.map(({ id }) => id as SnapshotId)
  const commits = rows.commit.map(({ id }) => id as CommitId)
  const known = yield* index.known(repository, { blobs, snapshots, commits })
  const introductions = yield* Effect.forEach(commits, (commit) =>
    Effect.map(index.introducedBy(repository, [commit]), (found) => [commit, sorted(found)] as const)
  )
  return {
    rows: yield* placedRows(hub, repository),
    // Nodes have the parents, generation, snapshot and stored bytes of each commit.
    nodes: sorted(known.commits),
    introductions,
    introducers: sortedLists(yield* index.introducersOf(repository, blobs)),
    commitsOfSnapshots: sortedLists(yield* index.commitsOfSnapshots(repository, snapshots)),
    recent: yield* index.recentCommits(repository, commits.length),
    ancestry: yield* index.ancestry(repository, commits.slice(0, 1), commits.length),
    remarks: sorted(yield* index.remarks(repository, commits))
  }
})

/** Collects what an index records of these repositories. */
const rowFacts = Effect.fnUntraced(function* (hub: Held, repositories: ReadonlyArray<Repository>) {
  return {
    objects: yield* Effect.forEach(repositories, ({ id }) => objectFacts(hub, id)),
    packs: yield* Effect.forEach(repositories, ({ id }) => hub.index.packs(id)),
    // With the branches, and the root that the rows reflect.
    repositories: yield* all((page) => hub.index.repositories({}, page)),
    proposals: yield* Effect.forEach(repositories, ({ id }) => all((page) => hub.index.proposals(id, {}, page))),
    counts: yield* hub.index.counts
  }
})

/** Collects what an index says about these repositories, and which of them each reader finds. */
const factsOf = Effect.fnUntraced(function* (
  hub: Held,
  repositories: ReadonlyArray<Repository>,
  readers: ReadonlyArray<Principal>
) {
  const { index } = hub
  const recorded = yield* rowFacts(hub, repositories)
  const commits = recorded.objects.flatMap(({ recent }) => recent)
  const held = new Map(repositories.map(({ id }, place) => [id, new Set(recorded.objects[place]?.recent)]))
  const users = [null, ...readers.map(({ user }) => user)]
  return {
    ...recorded,
    // Grants show in who finds what.
    readable: yield* Effect.forEach(users, (user) =>
      all((page) => index.readableRepositories(user && { user, repository: null }, {}, page))
    ),
    // Any of several holders may be named.
    holders: yield* Effect.forEach(users, (user) =>
      Effect.map(index.holdersOf(user, { blobs: [], snapshots: [], commits }), (found) =>
        sorted(found.commits).map(([id, holder]) => [id, held.get(holder)?.has(id)])
      )
    )
  }
})

/** Collects what lists of repositories say to each reader, who opens none of them. */
const listed = ({ index }: Held, readers: ReadonlyArray<Principal>) =>
  Effect.forEach([null, ...readers], (reader) =>
    Effect.map(
      all((page) => index.readableRepositories(reader && { user: reader.user, repository: null }, {}, page)),
      (rows) => rows.map(({ repository }) => repository)
    )
  )

/** Asserts that the lists of repositories at two hubs are the same for each reader. */
export const assertListedAlike = Effect.fnUntraced(function* (
  one: Held,
  other: Held,
  readers: ReadonlyArray<Principal>
) {
  assert.deepStrictEqual(yield* listed(other, readers), yield* listed(one, readers))
})

/** Asserts that the indexes of two hubs say the same about these repositories, to each reader. */
export const assertSameIndex = Effect.fnUntraced(function* (
  one: Held,
  other: Held,
  repositories: ReadonlyArray<Repository>,
  readers: ReadonlyArray<Principal>
) {
  assert.deepStrictEqual(yield* factsOf(other, repositories, readers), yield* factsOf(one, repositories, readers))
})

/** Asserts that the indexes of two hubs, which may be of two kinds, record the same of these repositories. */
export const assertSameRows = Effect.fnUntraced(function* (
  one: Held,
  other: Held,
  repositories: ReadonlyArray<Repository>
) {
  assert.deepStrictEqual(yield* rowFacts(other, repositories), yield* rowFacts(one, repositories))
})
