/** Finds manifests through chains of changes, with the rows in memory. */
import { snapshotClaim } from "@musehub/adapter-legacy/rows/snapshotClaim"
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, SnapshotId } from "@musehub/domain/object/Id"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { ManifestChains, noHints } from "@musehub/domain/usecase/operations/legacy/ManifestChains"
import { encode } from "@musehub/msgpack/Encoder"
import { Effect, Result } from "effect"
import { forSeeds } from "../support/seeded.ts"
import { columnsOf, type GeneratedHistory, generatedHistory, type SnapshotColumns } from "./generatedHistory.ts"

interface World {
  readonly rows: ReadonlyMap<string, SnapshotColumns>
  /** What the first parents say. */
  readonly bases: ReadonlyMap<string, ReadonlyArray<string>>
}

/** Serves rows from memory, and counts how often each is read. */
const recordsOf = ({ bases, rows }: World) => {
  const reads = new Map<string, number>()
  const records = LegacyRecords.of({
    commits: () => Effect.die("no commit is asked for"),
    blobs: () => Effect.die("no blob is asked for"),
    basesOf: (id) => Effect.succeed(bases.get(id) ?? []),
    snapshots: (ids) =>
      Effect.sync(() => {
        const found = new Map<string, ReturnType<typeof snapshotClaim>>()
        for (const id of ids) {
          reads.set(id, (reads.get(id) ?? 0) + 1)
          const row = rows.get(id)
          if (row !== undefined) found.set(id, snapshotClaim({ ...row, snapshot_id: id, time: null, oversized: false }))
        }
        return found
      })
  })
  return { reads, records }
}

const basesIn = ({ commits }: GeneratedHistory): ReadonlyMap<string, ReadonlyArray<string>> => {
  const byId = new Map(commits.map((commit) => [commit.id, commit]))
  const bases = new Map<string, Set<string>>()
  for (const { parents, snapshotId } of commits) {
    const [first] = parents
    const base = first === undefined ? undefined : byId.get(first)?.snapshotId
    if (base === undefined || base === snapshotId) continue
    bases.set(snapshotId, (bases.get(snapshotId) ?? new Set()).add(base))
  }
  return new Map([...bases].map(([id, all]) => [id, [...all]]))
}

const find = (world: World, id: SnapshotId) => {
  const { reads, records } = recordsOf(world)
  return Effect.map(new ManifestChains(noHints).find(id), (found) => ({ found, reads })).pipe(
    Effect.provideService(LegacyRecords, records)
  )
}

const reasonOf = (found: Result.Result<unknown, string> | undefined): string => {
  assert.isTrue(found !== undefined && Result.isFailure(found))
  return found !== undefined && Result.isFailure(found) ? found.failure : ""
}

const blob = (text: string) => BlobId.make(sha256(new TextEncoder().encode(text)))

/** A line of snapshots: file `f` and `others` change in each, and only the first one is whole. */
const line = (length: number, others = 0) => {
  const rows = new Map<string, SnapshotColumns>()
  const bases = new Map<string, ReadonlyArray<string>>()
  const ids: Array<SnapshotId> = []
  let before = new Map<string, BlobId>()
  for (let number = 0; number < length; number++) {
    const files = new Map([
      ["f", blob(String(number))],
      ["g", blob("g")],
      ...Array.from({ length: others }, (_, other) => [`h${other}`, blob(String(number + other))] as const)
    ])
    const id = snapshotIdOf(files)
    rows.set(id, columnsOf(files, number === 0 ? "blob" : "delta", before))
    const last = ids.at(-1)
    if (last !== undefined) bases.set(id, [last])
    ids.push(id)
    before = files
  }
  return { rows, bases, ids }
}

const at = (ids: ReadonlyArray<SnapshotId>, place: number): SnapshotId => {
  const id = ids.at(place)
  if (id === undefined) throw new Error("the line is shorter")
  return id
}

describe("a chain of changes", () => {
  it.effect("gives every manifest of random histories, whichever is asked for first", () =>
    forSeeds(
      25,
      Effect.fnUntraced(function* (random) {
        const history = generatedHistory(random, { commits: 120, wholeEvery: 1 + random.below(60), branching: 0.2 })
        const { reads, records } = recordsOf({ rows: history.rows, bases: basesIn(history) })
        const chains = new ManifestChains(noHints)
        const asked = [...history.manifests.keys()].toSorted(() => random.next() - 0.5)
        for (const id of asked) {
          const found = yield* Effect.provideService(chains.find(id), LegacyRecords, records)
          assert.isDefined(found)
          assert.deepStrictEqual(Result.getOrThrow(found).manifest, history.manifests.get(id))
        }
        // No chain is walked twice: each row was read once.
        assert.isTrue([...reads.values()].every((count) => count === 1))
      })
    )
  )

  it.effect("may have any length", () =>
    Effect.gen(function* () {
      const { ids, ...world } = line(20_000)
      const { found, reads } = yield* find(world, at(ids, -1))
      assert.isDefined(found)
      assert.strictEqual(Result.getOrThrow(found).manifest.get("f"), blob("19999"))
      assert.isTrue([...reads.values()].every((count) => count === 1))
    })
  )

  it.effect("whose changes are too many for the memory is read a second time on the way back", () =>
    Effect.gen(function* () {
      const { ids, ...world } = line(900, 300)
      const { found, reads } = yield* find(world, at(ids, -1))
      assert.isDefined(found)
      assert.strictEqual(Result.getOrThrow(found).manifest.get("f"), blob("899"))
      assert.strictEqual(Math.max(...reads.values()), 2)
    })
  )

  it.effect("is named where it leads to no row, in a circle, or to other files than the id says", () =>
    Effect.gen(function* () {
      const { bases, ids, rows } = line(5)
      const [first, second, last] = [at(ids, 0), at(ids, 1), at(ids, 4)]
      const without = new Map(rows)
      without.delete(first)
      const lacking = yield* find({ rows: without, bases }, last)
      assert.include(reasonOf(lacking.found), `snapshot ${first}: it has no row`)

      const circle = new Map([...rows, [first, columnsOf(new Map(), "delta", new Map())]])
      const turning = yield* find({ rows: circle, bases: new Map([...bases, [first, [second]]]) }, last)
      assert.include(reasonOf(turning.found), "delta_blob leads in a circle through snapshot")

      const lie = { manifest: null, manifest_blob: null, delta_blob: encode({ changed: {} }) }
      const wrong = yield* find({ rows: new Map([...rows, [second, lie]]), bases }, last)
      assert.include(reasonOf(wrong.found), `snapshot ${second}: delta_blob gives`)

      const nowhere = yield* find({ rows, bases: new Map() }, last)
      assert.include(reasonOf(nowhere.found), "delta_blob is against a snapshot that no row names")
      assert.isUndefined((yield* find({ rows: new Map(), bases: new Map() }, last)).found)
    })
  )

  it.effect("goes on from the right one of several bases, and past a column that is wrong", () =>
    Effect.gen(function* () {
      const { bases, ids, rows } = line(4)
      const last = at(ids, 3)
      const others = [SnapshotId.make("0".repeat(64)), at(ids, 0), ...(bases.get(last) ?? [])]
      const delta_blob = rows.get(last)?.delta_blob ?? null
      const row = { delta_blob, manifest: `{"x": "${blob("x")}"}`, manifest_blob: encode(7) }
      const world = { rows: new Map([...rows, [last, row]]), bases: new Map([...bases, [last, others]]) }
      const { found } = yield* find(world, last)
      assert.isDefined(found)
      assert.strictEqual(Result.getOrThrow(found).manifest.get("f"), blob("3"))
    })
  )
})
