/** Each kind of wrong row is found and named, and nothing else is. An index that is behind has no fault. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId, ObjectType } from "@musehub/domain/object/Id"
import type { ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import type { RepositoryRow } from "@musehub/domain/port/index/RepositoryIndex"
import type { Page } from "@musehub/domain/port/Page"
import { UserName } from "@musehub/domain/repository/Names"
import { Effect, Option } from "effect"
import { newRepository, type TestHub, textBlob } from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"
import { withNodesLike, withRowsOf } from "./lyingRows.ts"
import { type Fault, testFaults } from "./planting.ts"
import { findingsOf, type Grown, grownHub, levels, moveRoot } from "./verified.ts"

type Index = TestHub["index"]

const inPage = <A>(change: (items: ReadonlyArray<A>) => ReadonlyArray<A>) =>
  Effect.map((page: Page<A>): Page<A> => ({ ...page, items: change(page.items) }))

/** An index that says something else of the rows of one type. */
const withRows = (index: Index, type: ObjectType, change: (row: ObjectRow) => ReadonlyArray<ObjectRow>): Index =>
  withRowsOf(index, (repository, asked, page) =>
    asked === type
      ? inPage<ObjectRow>((rows) => rows.flatMap(change))(index.rows(repository, asked, page))
      : index.rows(repository, asked, page)
  )

/** An index that says something else of a repository. */
const withRepository = (index: Index, change: (row: RepositoryRow) => RepositoryRow): Index => ({
  ...index,
  repositoryByName: (owner, slug) => Effect.map(index.repositoryByName(owner, slug), Option.map(change))
})

/** A fault of an index, which `lie` makes of the one that tells the truth. */
const lying = (
  name: string,
  finds: Fault["finds"][number],
  place: (grown: Grown) => string,
  lie: (index: Index, grown: Grown) => Index,
  from: NonNullable<Fault["from"]> = "default"
): Fault => ({
  name,
  plant: (grown) => Effect.sync(() => ({ place: place(grown), index: lie(grown.hub.index, grown) })),
  finds: [finds],
  from
})

const ofSecond = ({ second }: Grown) => `the row of commit ${second.commit.id}`
const ofRepository = ({ repository }: Grown) => `the row of repository ${repository.id}`

const faults: ReadonlyArray<Fault> = [
  lying(
    "a repository with another visibility",
    "RepositoryRowDiffers",
    ofRepository,
    (index) => withRepository(index, (row) => ({ ...row, repository: { ...row.repository, visibility: "private" } })),
    "quick"
  ),
  lying(
    "a repository with another count of branches",
    "RepositoryRowDiffers",
    ofRepository,
    (index) => withRepository(index, (row) => ({ ...row, branches: row.branches + 1 })),
    "quick"
  ),
  lying(
    "a root that the store does not have",
    "IndexAstray",
    ofRepository,
    (index) => withRepository(index, (row) => ({ ...row, rootSha256: sha256("a root") })),
    "quick"
  ),
  lying(
    "a pack whose objects have no rows",
    "PackUnrecorded",
    () => "the rows of pack ",
    (index) => ({
      ...index,
      packs: (id) => Effect.map(index.packs(id), (found) => ({ ...found, packs: new Set([...found.packs].slice(1)) }))
    }),
    "quick"
  ),
  lying(
    "a pack that no root names",
    "PackRowAstray",
    () => "the rows of pack ",
    (index) => ({
      ...index,
      packs: (id) =>
        Effect.map(index.packs(id), (found) => ({ ...found, packs: new Set([...found.packs, sha256("a pack")]) }))
    }),
    "quick"
  ),
  lying(
    "a commit without row",
    "RowMissing",
    ({ second }) => `commit ${second.commit.id}`,
    (index, { second }) => withRows(index, "commit", (row) => (row.id === second.commit.id ? [] : [row]))
  ),
  lying(
    "a snapshot without row",
    "RowMissing",
    ({ second }) => `snapshot ${second.snapshot.id}`,
    (index, { second }) => withRows(index, "snapshot", (row) => (row.id === second.snapshot.id ? [] : [row]))
  ),
  lying(
    "a blob without row",
    "RowMissing",
    ({ first }) => `snapshot ${first.snapshot.id}`,
    (index) => withRows(index, "blob", (row) => (row.id === textBlob("one").id ? [] : [row]))
  ),
  lying("a row with another sha256", "RowDiffers", ofSecond, (index, { second }) =>
    withRows(index, "commit", (row) => [row.id === second.commit.id ? { ...row, sha256: sha256("other") } : row])
  ),
  lying("a row with another size", "RowDiffers", ofSecond, (index, { second }) =>
    withRows(index, "commit", (row) => [row.id === second.commit.id ? { ...row, size: row.size + 1 } : row])
  ),
  lying("a row with another place", "RowDiffers", ofSecond, (index, { second }) =>
    withRows(index, "commit", (row) => [row.id === second.commit.id ? { ...row, storageUri: "memory:x#0+0" } : row])
  ),
  lying(
    "a large blob with another size",
    "RowDiffers",
    () => "the row of blob ",
    (index) => withRows(index, "blob", (row) => [row.size > 200_000 ? { ...row, size: row.size - 1 } : row])
  ),
  lying("a commit with other parents", "RowDiffers", ofSecond, (index, { second }) =>
    withNodesLike(index, (node) => (node.id === second.commit.id ? { ...node, parents: [] } : node))
  ),
  lying("a commit with another snapshot", "RowDiffers", ofSecond, (index, { first, second }) =>
    withNodesLike(index, (node) => (node.id === second.commit.id ? { ...node, snapshotId: first.snapshot.id } : node))
  ),
  lying("a commit with another generation", "RowDiffers", ofSecond, (index, { second }) =>
    withNodesLike(index, (node) => (node.id === second.commit.id ? { ...node, generation: 7 } : node))
  ),
  lying(
    "a row of an object that no pack has",
    "RowAstray",
    () => `the row of commit ${sha256("nowhere")}`,
    (index) => withRows(index, "commit", (row) => [row, { ...row, id: sha256("nowhere") }])
  ),
  lying(
    "a proposal with another title",
    "RowDiffers",
    () => "the row of proposal 1",
    (index) => ({
      ...index,
      proposals: (id, filter, page) =>
        inPage<ProposalRow>((rows) =>
          rows.map((row) => (row.number === 1 ? { ...row, title: row.title.slice(1) as typeof row.title } : row))
        )(index.proposals(id, filter, page))
    })
  ),
  lying(
    "a blob that no commit brings in",
    "RowMissing",
    () => `the row of blob ${textBlob("two").id}`,
    (index) => ({
      ...index,
      unintroducedBlobs: (id, page) =>
        inPage<BlobId>((blobs) => [...blobs, textBlob("two").id])(index.unintroducedBlobs(id, page))
    })
  ),
  lying(
    "a user whom the store does not have",
    "HubRowAstray",
    () => "the row of user zoe",
    (index) => ({
      ...index,
      users: (page) =>
        Effect.map(index.users(page), (users) => ({
          ...users,
          items: [...users.items, { name: UserName.make("zoe"), createdAt: "2026-11-22T15:08:10.000Z" }]
        }))
    }),
    "quick"
  )
]

describe("verify finds in the index", () => {
  testFaults(faults)

  it.effect("a repository that the store does not have", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      const other = yield* grownHub
      const stray = yield* newRepository({ ...hub, store: hub.store }, "stray")
      const { findings } = yield* findingsOf({ store: other.hub.store, index: hub.index }, "quick")
      assert.isTrue(findings.some(({ _tag, place }) => _tag === "HubRowAstray" && place.includes(stray.id)))
    })
  )

  it.effect("that it is behind, or empty, which is no fault", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const tagsAt = Effect.fnUntraced(function* (index: Index) {
        const found = yield* Effect.forEach(levels, (level) => findingsOf({ store: hub.store, index }, level))
        assert.deepStrictEqual(
          found.flatMap(({ faults: each }) => each),
          []
        )
        return new Set(found.flatMap(({ findings }) => findings.map(({ _tag }) => _tag)))
      })
      assert.deepStrictEqual(yield* tagsAt(yield* memoryIndex), new Set(["RepositoryUnindexed"] as const))
      yield* moveRoot(hub, repository, ({ collectionEpoch }) => ({ collectionEpoch: collectionEpoch + 1 }))
      assert.deepStrictEqual(yield* tagsAt(hub.index), new Set(["IndexBehind"] as const))
    })
  )
})
