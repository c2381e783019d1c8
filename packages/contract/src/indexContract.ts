/**
 * Tests of every index's promises; those about documents other than the root are in files of their own. An adapter runs
 * the suite from a test file that calls `indexContract` with its layer. Each test uses its own repositories and
 * users, so the suite may run against an index that others use.
 */
import { assert, it } from "@effect/vitest"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { layerStore } from "@musehub/domain/invariant/Fence"
import * as RootsModule from "@musehub/domain/invariant/Roots"
import { sha256 } from "@musehub/domain/object/Digest"
import { CommitId, emptyBlobId, type RepositoryId } from "@musehub/domain/object/Id"
import type { Index } from "@musehub/domain/port/index/Index"
import type { Lock } from "@musehub/domain/port/Lock"
import { Slug, type UserName } from "@musehub/domain/repository/Names"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Option, Result, Schema } from "effect"
import { randomUUID } from "node:crypto"
import {
  at,
  batchOf,
  createRoot,
  distances,
  head,
  type History,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  newUser,
  nodeOf,
  type Step
} from "./IndexSamples.ts"
import { domains } from "./indexContract.domains.ts"
import { manifests } from "./indexContract.manifests.ts"
import { packs } from "./indexContract.packs.ts"
import { people } from "./indexContract.people.ts"
import { proposals } from "./indexContract.proposals.ts"
import { remarks } from "./indexContract.remarks.ts"
import { allPages, rowOf, sorted, type Suite } from "./IndexSuite.ts"
import { newRepository } from "./StoreSamples.ts"
import { wholeIndex } from "./wholeIndex.ts"

/** Capabilities of the index under test. */
export interface Capabilities {
  /** Several processes can use it at once: a second layer opens the same index. */
  readonly shared: boolean
}

/** An in-memory store and roots, which make evidence and are unknown to the index under test. */
const evidence = RootsModule.layer.pipe(Layer.provideMerge(layerStore), Layer.provideMerge(MemoryObjectStore.layer()))

/** Registers the suite with Vitest. The layer is built once. Its clock is the real one, since indexes use real time. */
export const indexContract = <E>(name: string, layer: Layer.Layer<Index | Lock, E>, can: Capabilities): void =>
  it.layer(Layer.merge(layer, evidence), { timeout: "2 minutes", excludeTestServices: true })(
    `Index (${name})`,
    (it) => {
      recording(it)
      reflecting(it)
      awkwardText(it)
      graph(it)
      holders(it)
      listing(it)
      manifests(it)
      packs(it)
      people(it)
      domains(it)
      proposals(it)
      remarks(it)
      concurrency(it)
      locks(it, layer, can)
    }
  )

/** Records a history and reflects a root that makes all of it, or what `heads` lead to, reachable. */
const publish = Effect.fnUntraced(function* (
  history: History,
  options: { readonly heads?: ReadonlyArray<CommitId>; readonly root?: Parameters<typeof newRoot>[1] } = {}
) {
  const index = yield* wholeIndex
  yield* index.record(batchOf(history))
  const heads = options.heads ?? idsOf(history).commits
  const first = yield* createRoot(newRoot(history.repository, options.root))
  yield* index.reflect(first, [])
  const root = yield* moveRoot(history.repository, {
    heads: heads.map((id, place) => head(`branch-${String(place).padStart(5, "0")}`, id))
  })
  const reachable = [...distances(history, heads).keys()]
  yield* index.reflect(root, reachable)
  return { root, reachable: new Set(reachable) }
})

const nothing = { blobs: [], snapshots: [], commits: [] }

const recording = (it: Suite) => {
  it.effect("recorded but unreachable objects are not known, except blobs", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const ids = idsOf(history)
      yield* index.record(batchOf(history))

      const known = yield* index.known(history.repository, ids)
      assert.deepStrictEqual(sorted(known.blobs), sorted(ids.blobs))
      assert.strictEqual(known.snapshots.size, 0)
      assert.strictEqual(known.commits.size, 0)
      assert.deepStrictEqual(yield* index.ancestry(history.repository, ids.commits, 10), [])
      assert.strictEqual((yield* index.reachableBlobs(history.repository, ids.blobs)).size, 0)
      assert.strictEqual((yield* index.introducersOf(history.repository, ids.blobs)).size, 0)
      assert.strictEqual((yield* index.commitsOfSnapshots(history.repository, ids.snapshots)).size, 0)
      assert.deepStrictEqual(yield* index.recentCommits(history.repository, 10), [])
      const listed = yield* index.repositories({}, { limit: 1000 })
      assert.isFalse(listed.items.some(({ repository }) => repository.id === history.repository))
    })
  )

  it.effect("recording again changes nothing, whatever else is in the batch", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const { reachable } = yield* publish(history)
      const before = yield* index.known(history.repository, idsOf(history))
      const recent = yield* index.recentCommits(history.repository, 10)
      const again = batchOf(history, idsOf(history).snapshots)
      yield* index.record({
        ...again,
        commits: [...again.commits, ...again.commits],
        blobs: [...again.blobs, ...again.blobs]
      })

      assert.deepStrictEqual(yield* index.known(history.repository, idsOf(history)), before)
      assert.deepStrictEqual(yield* index.recentCommits(history.repository, 10), recent)
      assert.strictEqual(reachable.size, 3)
    })
  )

  it.effect("a commit that is twice in a batch is recorded once", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const batch = batchOf(history)
      const twice = <A>(items: ReadonlyArray<A>) => [...items, ...items]
      yield* index.record({
        ...batch,
        blobs: twice(batch.blobs),
        snapshots: twice(batch.snapshots),
        commits: twice(batch.commits.map((commit) => ({ ...commit, introduces: twice(commit.introduces) })))
      })
      const rows = yield* allPages((page) => index.rows(history.repository, "commit", page))
      assert.deepStrictEqual<ReadonlyArray<string>>(
        rows.map(({ id }) => id),
        sorted(idsOf(history).commits)
      )
    })
  )

  it.effect("an empty batch succeeds", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.record({ repository: newRepository(), ...nothing, cachedManifests: new Set() })
    })
  )

  it.effect("dies on evidence of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const exit = yield* Effect.exit(index.record({ ...batchOf(history), repository: newRepository() }))
      assert.isTrue(Exit.hasDies(exit))
    })
  )

  it.effect("two repositories with the same objects are separate", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const one = yield* historyOf(lineOf(2))
      const other = yield* historyOf(lineOf(2))
      assert.deepStrictEqual(idsOf(one), idsOf(other))
      yield* publish(one)
      const known = yield* index.known(other.repository, idsOf(other))
      assert.deepStrictEqual([known.blobs.size, known.snapshots.size, known.commits.size], [0, 0, 0])
      yield* index.record(batchOf(other))
      assert.strictEqual((yield* index.known(other.repository, idsOf(other))).commits.size, 0)
      assert.strictEqual((yield* index.known(one.repository, idsOf(one))).commits.size, 2)
    })
  )

  it.effect("manifests are kept for the snapshots that the batch names, with any path", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const files = { __proto: "a", 'qu"o\\te': "b", "emoji 🎵/ä": "c", "1": "d" }
      const awkward = Object.fromEntries([...Object.entries(files), ["__proto__", "e"]])
      const history = yield* historyOf([
        { parents: [], files: awkward },
        { parents: [0], files: {} }
      ])
      const first = at(history.commits, 0).stored.value.snapshotId
      const empty = at(history.commits, 1).stored.value.snapshotId
      yield* index.record(batchOf(history, [first]))
      const manifests = yield* index.manifests(history.repository, [first, empty])
      assert.deepStrictEqual([...manifests.keys()], [first])
      const wanted = history.snapshots.find(({ id }) => id === first)?.value.manifest
      assert.deepStrictEqual(sorted(manifests.get(first) ?? []), sorted(wanted ?? []))
    })
  )

  it.effect("rows are listed in ascending order, in pages, with size, location and hash", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(5))
      yield* index.record(batchOf(history))
      const wanted = {
        blob: history.blobs,
        snapshot: history.snapshots,
        commit: history.commits.map(({ stored }) => stored)
      }
      for (const type of ["blob", "snapshot", "commit"] as const) {
        const rows = yield* allPages((page) => index.rows(history.repository, type, page))
        assert.deepStrictEqual(
          rows,
          wanted[type]
            .map(({ id, size, storageUri, sha256 }) => ({ id: id as string, size, storageUri, sha256 }))
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        )
        if (type === "blob") continue
        const named = new Map(rows.slice(1, 4).map((row) => [row.id, row]))
        const asked = [...named.keys(), newRepository()] as Array<CommitId>
        assert.deepStrictEqual(sorted(yield* index.rowsOf(history.repository, type, asked)), sorted(named))
      }
    })
  )

  it.effect("counts grow as objects are recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const before = yield* index.counts
      yield* publish(yield* historyOf(lineOf(4)))
      const after = yield* index.counts
      for (const [kind, grown] of [
        ["repositories", 1],
        ["commits", 4],
        ["snapshots", 4],
        ["blobs", 4]
      ] as const) {
        assert.isAtLeast(after[kind], before[kind] + grown)
      }
    })
  )

  it.effect("has a location", () =>
    Effect.flatMap(wholeIndex, (index) => Effect.sync(() => assert.isNotEmpty(index.location)))
  )
}

const reflecting = (it: Suite) => {
  it.effect("reflecting a root makes its repository, branches and commits known", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const ids = idsOf(history)
      const { root } = yield* publish(history, { heads: [at(ids.commits, 1)] })

      const known = yield* index.known(history.repository, ids)
      assert.deepStrictEqual(sorted(known.commits.keys()), sorted(ids.commits.slice(0, 2)))
      for (const commit of history.commits.slice(0, 2))
        assert.deepStrictEqual(known.commits.get(commit.stored.id), nodeOf(history, commit))
      assert.deepStrictEqual(
        sorted(known.snapshots),
        sorted(history.commits.slice(0, 2).map(({ stored }) => stored.value.snapshotId))
      )
      const { repository, heads, sequence } = root.value
      const row = { repository, heads, rootSequence: sequence, rootSha256: root.sha256 }
      const { owner, slug } = repository
      assert.deepStrictEqual(yield* rowOf(index, root), Option.some(row))
      assert.deepStrictEqual(yield* index.repositoryByName(owner, slug), Option.some(row))
      assert.deepStrictEqual(yield* index.repositoryByName(owner, Slug.make("other")), Option.none())
      assert.deepStrictEqual(yield* index.repositoryByName(newUser(), slug), Option.none())
    })
  )

  it.effect("a later root replaces branches and record; an earlier one only marks its commits", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const [a, b, c] = idsOf(history).commits
      if (a === undefined || b === undefined || c === undefined) throw new Error("three commits were made")
      yield* index.record(batchOf(history))
      const first = yield* createRoot({ ...newRoot(history.repository), heads: [head("main", a), head("old", a)] })
      const second = yield* moveRoot(history.repository, { heads: [head("main", b), head("new", b)] })
      const third = yield* moveRoot(history.repository, {
        heads: [head("main", c), head("new", b)],
        repository: {
          ...first.value.repository,
          visibility: "public",
          description: "renamed",
          slug: Slug.make("tunes")
        }
      })
      const row = (root: typeof first) => Effect.map(rowOf(index, root), Option.getOrThrow)

      yield* index.reflect(first, [a])
      assert.deepStrictEqual((yield* row(first)).heads, first.value.heads)
      yield* index.reflect(third, [c])
      const latest = yield* row(third)
      assert.deepStrictEqual(latest.heads, third.value.heads)
      assert.deepStrictEqual(latest.repository, third.value.repository)
      assert.strictEqual(latest.rootSequence, 2)
      assert.deepStrictEqual(
        yield* index.repositoryByName(first.value.repository.owner, first.value.repository.slug),
        Option.none()
      )
      assert.deepStrictEqual(
        sorted((yield* index.known(history.repository, idsOf(history))).commits.keys()),
        sorted([a, c])
      )

      yield* index.reflect(second, [b])
      assert.deepStrictEqual(yield* row(third), latest)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, 3)
      yield* index.reflect(third, [a, b, c, c])
      assert.deepStrictEqual(yield* row(third), latest)
    })
  )

  it.effect("unrecorded commits cannot become reachable, and nothing of their root is visible", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const [a, b] = idsOf(history).commits
      if (a === undefined || b === undefined) throw new Error("two commits were made")
      yield* index.record({ ...batchOf(history), commits: history.commits.slice(0, 1) })
      const root = yield* createRoot({ ...newRoot(history.repository), heads: [head("main", b)] })
      const error = yield* Effect.flip(index.reflect(root, [a, b]))
      assert.strictEqual(error._tag, "IndexUnavailable")
      assert.isFalse(error.isRetryable)
      assert.isTrue(Option.isNone(yield* rowOf(index, root)))
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, 0)
    })
  )

  it.effect("a name passes to the repository that is reflected with it, and the other row is forgotten", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const owner = newUser()
      const one = yield* createRoot(newRoot(newRepository(), { owner }))
      const other = yield* createRoot(newRoot(newRepository(), { owner }))
      yield* index.reflect(one, [])
      yield* index.reflect(other, [])
      const holder = ({ value: { repository } }: typeof one) =>
        Effect.map(
          index.repositoryByName(repository.owner, repository.slug),
          Option.map((row) => row.repository.id)
        )
      assert.deepStrictEqual(yield* holder(one), Option.some(other.value.repository.id))
      // Two repositories that exchanged their names are reflected one after the other.
      const name = (root: typeof one, slug: string) => {
        const { repository } = root.value
        return moveRoot(repository.id, { repository: { ...repository, slug: Slug.make(slug) } })
      }
      const elsewhere = yield* name(one, "elsewhere")
      yield* index.reflect(elsewhere, [])
      const [there, here] = [yield* name(other, "elsewhere"), yield* name(one, "songs")]
      yield* index.reflect(here, [])
      yield* index.reflect(there, [])
      yield* index.reflect(here, [])
      // An earlier root takes no name.
      yield* index.reflect(elsewhere, [])
      assert.deepStrictEqual(yield* holder(here), Option.some(one.value.repository.id))
      assert.deepStrictEqual(yield* holder(there), Option.some(other.value.repository.id))
    })
  )
}

const awkwardText = (it: Suite) => {
  it.effect("branch names are returned exactly", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const id = at(history.commits, 0).stored.id
      yield* index.record(batchOf(history))
      const names = ["__proto__", "a'b\"c`$1", "constructor", "x".repeat(255), "{a,b}", "ä/é/👩‍🎤", "👩‍🎤".repeat(51)]
      const heads = names
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map((name) => head(name, id))
      const root = yield* createRoot({ ...newRoot(history.repository), heads })
      yield* index.reflect(root, [id])
      const row = Option.getOrThrow(yield* rowOf(index, root))
      assert.deepStrictEqual(row.heads, heads)
    })
  )

  it.effect("commits are recorded whatever their text contains", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const texts = [
        "NUL \0 inside",
        "'; DROP TABLE commits; --",
        '\\x00 {a,b} "q" $1 ?',
        "👩‍🎤 \u{ffff}",
        "",
        "x".repeat(100_000),
        "\r\n\t"
      ]
      const history = yield* historyOf(
        texts.map((text, place) => ({
          parents: place === 0 ? [] : [place - 1],
          files: { a: text },
          message: text,
          author: text,
          branch: text
        }))
      )
      const { reachable } = yield* publish(history, { heads: [at(history.commits, -1).stored.id] })
      assert.strictEqual(reachable.size, texts.length)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, texts.length)
    })
  )

  it.effect("names and descriptions of repositories are returned unchanged, apart from NUL", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const name = '\'; -- "ä" 👩‍🎤'
      const root = yield* createRoot(newRoot(repository, { name, description: `${name}\0${name}` }))
      yield* index.reflect(root, [])
      const row = Option.getOrThrow(yield* rowOf(index, root))
      assert.strictEqual(row.repository.name, name)
      assert.strictEqual(row.repository.description.length, name.length * 2 + 1)
    })
  )
}

/** Generates small histories: each step has up to two earlier parents and a few files of few contents. */
const Plan = Schema.Struct({
  steps: Schema.Array(
    Schema.Struct({
      parents: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(
        Schema.isMaxLength(2)
      ),
      files: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(Schema.isMaxLength(3))
    })
  ).check(Schema.isMinLength(1), Schema.isMaxLength(25)),
  heads: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(Schema.isMaxLength(3)),
  from: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(Schema.isMaxLength(3)),
  limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 }))
})

const stepsOf = (plan: typeof Plan.Type): ReadonlyArray<Step> =>
  plan.steps.map(({ parents, files }, place) => ({
    parents: place === 0 ? [] : [...new Set(parents.map((parent) => parent % place))],
    files: Object.fromEntries(files.map((content, path) => [`path-${path}`, `content ${content}`]))
  }))

const graph = (it: Suite) => {
  it.effect.prop(
    "answers about any history match the naive reading",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function* () {
        const index = yield* wholeIndex
        const history = yield* historyOf(stepsOf(plan))
        const { repository, commits } = history
        const ids = idsOf(history)
        const pick = (places: ReadonlyArray<number>) =>
          places.map((place) => at(ids.commits, place % ids.commits.length))
        const { reachable } = yield* publish(history, { heads: pick(plan.heads) })
        const reached = commits.filter(({ stored }) => reachable.has(stored.id))
        const reachedOf = (counts: (commit: (typeof commits)[number]) => boolean) =>
          sorted(reached.filter(counts).map(({ stored }) => stored.id))

        const known = yield* index.known(repository, ids)
        assert.deepStrictEqual(sorted(known.commits.keys()), sorted(reachable))
        for (const commit of reached)
          assert.deepStrictEqual(known.commits.get(commit.stored.id), nodeOf(history, commit))
        assert.deepStrictEqual(
          sorted(known.snapshots),
          sorted(new Set(reached.map(({ stored }) => stored.value.snapshotId)))
        )

        const walked = distances(history, pick(plan.from), (id) => reachable.has(id))
        const ancestry = yield* index.ancestry(repository, pick(plan.from), plan.limit)
        const steps = ancestry.map(({ id }) => walked.get(id) ?? Number.NaN)
        assert.strictEqual(new Set(ancestry.map(({ id }) => id)).size, Math.min(plan.limit, walked.size))
        assert.deepStrictEqual(steps, sorted([...walked.values()].toSorted((a, b) => a - b).slice(0, plan.limit)))
        for (const node of ancestry) assert.deepStrictEqual(node, known.commits.get(node.id))

        const introducers = yield* index.introducersOf(repository, ids.blobs)
        for (const blob of ids.blobs) {
          assert.deepStrictEqual(
            sorted(introducers.get(blob) ?? []),
            reachedOf(({ introduces }) => introduces.includes(blob))
          )
        }
        const inReachedSnapshots = new Set(
          history.snapshots.flatMap(({ id, value }) => (known.snapshots.has(id) ? [...value.manifest.values()] : []))
        )
        assert.deepStrictEqual(sorted(yield* index.reachableBlobs(repository, ids.blobs)), sorted(inReachedSnapshots))

        const snapshotCommits = yield* index.commitsOfSnapshots(repository, ids.snapshots)
        for (const id of ids.snapshots) {
          assert.deepStrictEqual(
            sorted(snapshotCommits.get(id) ?? []),
            reachedOf(({ stored }) => stored.value.snapshotId === id)
          )
        }
        const sizeOf = new Map(history.blobs.map(({ id, size }) => [id, size]))
        const introductions = yield* index.introducedBy(repository, pick(plan.from))
        const asked = commits.filter(({ stored }) => pick(plan.from).includes(stored.id))
        assert.deepStrictEqual(
          sorted(introductions.keys()),
          sorted(new Set(asked.flatMap(({ introduces }) => introduces)))
        )
        for (const [blob, introduction] of introductions) {
          assert.strictEqual(introduction.size, sizeOf.get(blob))
          assert.deepStrictEqual(
            sorted(introduction.commits),
            sorted(asked.filter(({ introduces }) => introduces.includes(blob)).map(({ stored }) => stored.id))
          )
        }
        const newest = ids.commits.filter((id, place) => reachable.has(id) && ids.commits.indexOf(id) === place)
        assert.deepStrictEqual(
          yield* index.recentCommits(repository, plan.limit),
          newest.toReversed().slice(0, plan.limit)
        )
      }),
    { arbitrary: { runs: 25 } }
  )

  it.effect("a long line is walked to its end, whole or in parts, skipping unknown ids", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1_000))
      const ids = idsOf(history).commits
      yield* publish(history, { heads: [at(ids, -1)] })
      const unknown = CommitId.make(sha256("unknown"))
      const whole = yield* index.ancestry(history.repository, [unknown, at(ids, -1)], 2_000)
      assert.deepStrictEqual(
        whole.map(({ id }) => id),
        ids.toReversed()
      )

      const pieces: Array<CommitId> = []
      for (let from = [at(ids, -1)]; from.length > 0;) {
        const piece = yield* index.ancestry(history.repository, from, 300)
        pieces.push(...piece.map(({ id }) => id))
        from = [...(piece.at(-1)?.parents ?? [])]
      }
      assert.deepStrictEqual(pieces, ids.toReversed())
    })
  )

  it.effect("a ladder of merges is walked once, not once per path", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const rungs = 60
      const history = yield* historyOf(
        Array.from({ length: rungs * 2 }, (_, place) => ({
          parents: place < 2 ? [] : [place - (place % 2) - 2, place - (place % 2) - 1],
          files: { a: String(place) }
        }))
      )
      const tips = idsOf(history).commits.slice(-2)
      yield* publish(history, { heads: tips })
      assert.strictEqual((yield* index.ancestry(history.repository, tips, 1_000)).length, rungs * 2)
    })
  )

  it.effect("the empty blob needs no row to be introduced", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf([{ parents: [], files: { empty: "" } }])
      yield* index.record({ ...batchOf(history), blobs: [] })
      const { commits } = idsOf(history)
      const introduced = yield* index.introducedBy(history.repository, commits)
      assert.deepStrictEqual([...introduced], [[emptyBlobId, { size: 0, commits }]])
    })
  )

  it.effect("empty queries have empty answers", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const nowhere = newRepository()
      assert.deepStrictEqual(yield* index.ancestry(nowhere, [], 10), [])
      assert.strictEqual((yield* index.introducedBy(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.introducersOf(nowhere, [])).size, 0)
      assert.deepStrictEqual(yield* index.packsOf(nowhere, []), [])
      assert.strictEqual((yield* index.commitsOfSnapshots(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.manifests(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.reachableBlobs(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.known(nowhere, nothing)).commits.size, 0)
      assert.strictEqual((yield* index.holdersOf(null, nothing)).commits.size, 0)
      assert.deepStrictEqual((yield* index.rows(nowhere, "blob", { limit: 10 })).items, [])
    })
  )
}

const holders = (it: Suite) => {
  it.effect("finds objects in other repositories only where the reader may read and the objects are reachable", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [owner, friend, stranger] = [newUser(), newUser(), newUser()]
      const content = randomUUID()
      const steps = [
        { parents: [], files: { a: content } },
        { parents: [0], files: { a: content, b: `${content} unreached` } }
      ]
      const history = yield* historyOf(steps)
      const ids = idsOf(history)
      const { repository } = history
      yield* publish(history, { heads: [at(ids.commits, 0)], root: { owner } })
      const found = (reader: UserName | null) =>
        Effect.map(index.holdersOf(reader, ids), ({ blobs, snapshots, commits }) =>
          [blobs, snapshots, commits].map((map) => [...map].map(([id, holder]) => [id, holder] as const))
        )
      const hit = [
        [[at(ids.blobs, 0), repository]],
        [[at(ids.snapshots, 0), repository]],
        [[at(ids.commits, 0), repository]]
      ]
      const miss = [[], [], []]
      assert.deepStrictEqual<unknown>(yield* found(owner), hit)
      for (const reader of [friend, stranger, null]) assert.deepStrictEqual<unknown>(yield* found(reader), miss)

      const granted = yield* moveRoot(repository, { grants: [[friend, "read"]] })
      yield* index.reflect(granted, [])
      assert.deepStrictEqual<unknown>(yield* found(friend), hit)
      assert.deepStrictEqual<unknown>(yield* found(stranger), miss)

      const record = granted.value.repository
      yield* index.reflect(
        yield* moveRoot(repository, { grants: [], repository: { ...record, visibility: "public" } }),
        []
      )
      for (const reader of [owner, friend, stranger, null]) assert.deepStrictEqual<unknown>(yield* found(reader), hit)

      yield* index.reflect(yield* moveRoot(repository, { repository: { ...record, visibility: "private" } }), [])
      for (const reader of [friend, null]) assert.deepStrictEqual<unknown>(yield* found(reader), miss)
    })
  )

  it.effect("names a readable repository among several that have an object", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const steps = [{ parents: [], files: { a: randomUUID() } }]
      const reader = newUser()
      const secret = yield* historyOf(steps)
      const own = yield* historyOf(steps)
      yield* publish(secret)
      yield* publish(own, { root: { owner: reader } })
      const answer = yield* index.holdersOf(reader, idsOf(own))
      for (const map of [answer.blobs, answer.snapshots, answer.commits])
        assert.deepStrictEqual<ReadonlyArray<RepositoryId>>([...map.values()], [own.repository])
    })
  )
}

const listing = (it: Suite) => {
  it.effect("repositories are listed in order of owner, then slug, in pages", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const owner = newUser()
      // A hyphen sorts before digits and letters by code point, and after them in many locales.
      const slugs = ["b", "a-b", "a", "ab", "a0", "z9"].map((slug) => Slug.make(slug))
      for (const slug of slugs) yield* index.reflect(yield* createRoot(newRoot(newRepository(), { owner, slug })), [])
      yield* index.reflect(yield* createRoot(newRoot(newRepository())), [])
      const own = yield* allPages((page) => index.repositories({ owner }, page))
      assert.deepStrictEqual(
        own.map(({ repository }) => repository.slug),
        slugs.toSorted()
      )
      const all = yield* allPages((page) => index.repositories({}, page))
      const keys = all.map(({ repository }) => `${repository.owner}\0${repository.slug}`)
      assert.deepStrictEqual(keys, keys.toSorted())
      assert.isAbove(all.length, own.length)
      assert.deepStrictEqual((yield* index.repositories({ owner: newUser() }, { limit: 5 })).items, [])
    })
  )
}

const concurrency = (it: Suite) => {
  it.effect("overlapping batches can be recorded concurrently", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(120))
      const batch = batchOf(history)
      const batches = Array.from({ length: 8 }, (_, turn) => {
        const around = <A>(items: ReadonlyArray<A>) => {
          const start = (turn * 31) % items.length
          const rotated = [...items.slice(start), ...items.slice(0, start)]
          return (turn % 2 === 0 ? rotated : rotated.toReversed()).slice(0, 100)
        }
        return {
          ...batch,
          blobs: around(batch.blobs),
          snapshots: around(batch.snapshots),
          commits: around(batch.commits)
        }
      })
      yield* Effect.forEach(batches, index.record, { concurrency: "unbounded", discard: true })
      const { reachable } = yield* publish(history)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, reachable.size)
      assert.strictEqual((yield* index.introducedBy(history.repository, idsOf(history).commits)).size, 120)
    })
  )

  it.effect("concurrently reflected roots leave the latest, whatever their order", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(12))
      const ids = idsOf(history).commits
      yield* index.record(batchOf(history))
      const roots = [yield* createRoot(newRoot(history.repository))]
      for (const [place, id] of ids.entries())
        roots.push(
          yield* moveRoot(history.repository, { heads: [head(`branch-${place % 3}`, id), head(`only-${place}`, id)] })
        )
      const shuffled = roots
        .map((root, place) => ({ root, place }))
        .toSorted((a, b) => ((a.place * 7) % 13) - ((b.place * 7) % 13))
      yield* Effect.forEach(shuffled, ({ root, place }) => index.reflect(root, ids.slice(0, place)), {
        concurrency: "unbounded",
        discard: true
      })
      const row = Option.getOrThrow(yield* rowOf(index, at(roots, -1)))
      assert.deepStrictEqual(row.heads, at(roots, -1).value.heads)
      assert.strictEqual(row.rootSequence, 12)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, 12)
    })
  )

  it.effect("several callers can reflect a new repository at the same time", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const roots = yield* Effect.forEach(Array.from({ length: 60 }), () => createRoot(newRoot(newRepository())))
      const callers = roots.flatMap((root) => Array.from({ length: 6 }, () => index.reflect(root, [])))
      yield* Effect.all(callers, { concurrency: "unbounded", discard: true })
      for (const root of roots) assert.isTrue(Option.isSome(yield* rowOf(index, root)))
    })
  )
}

const locks = <E>(it: Suite, layer: Layer.Layer<Index | Lock, E>, can: Capabilities) => {
  it.effect("a lock admits one effect at a time and returns its result", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      let inside = 0
      let most = 0
      const enter = Effect.gen(function* () {
        most = Math.max(most, ++inside)
        yield* Effect.sleep(Duration.millis(2))
        inside--
        return "done"
      })
      const results = yield* Effect.all(
        Array.from({ length: 30 }, () => index.withLock(name, enter)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(new Set(results), new Set(["done"]))
    })
  )

  it.effect("a lock ends with its effect, however that ends, and passes on its failure", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      assert.deepStrictEqual(yield* Effect.result(index.withLock(name, Effect.fail("no"))), Result.fail("no"))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(index.withLock(name, Effect.die("bug")))))
      const entered = yield* Deferred.make<void>()
      const stuck = yield* Effect.forkChild(
        index.withLock(name, Effect.andThen(Deferred.succeed(entered, undefined), Effect.never))
      )
      yield* Deferred.await(entered)
      const waiting = yield* Effect.forkChild(index.withLock(name, Effect.void))
      yield* Effect.sleep(Duration.millis(20))
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(stuck)
      yield* index.withLock(name, Effect.void)
    })
  )

  it.effect("locks of other names do not wait, and many waiting lockers do not block queries", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      const answer = yield* index.withLock(
        name,
        Effect.gen(function* () {
          // Detached, since an effect under a lock may run in a fiber of its own, which ends its children.
          const waiting = yield* Effect.forkDetach(
            Effect.all(
              Array.from({ length: 60 }, () => index.withLock(name, Effect.void)),
              { concurrency: "unbounded" }
            )
          )
          yield* Effect.sleep(Duration.millis(20))
          return { waiting, counts: yield* index.withLock(`${name}-other`, index.counts) }
        })
      )
      assert.isAtLeast(answer.counts.commits, 0)
      assert.strictEqual((yield* Fiber.join(answer.waiting)).length, 60)
    })
  )

  it.effect.runIf(can.shared)(
    can.shared
      ? "processes exclude each other"
      : "processes exclude each other (skipped: no other process can open this index)",
    () =>
      Effect.gen(function* () {
        const index = yield* wholeIndex
        const name = randomUUID()
        const order: Array<string> = []
        const other = yield* Layer.build(Layer.fresh(layer))
        const entered = yield* Deferred.make<void>()
        const first = yield* Effect.forkChild(
          index.withLock(
            name,
            Effect.gen(function* () {
              yield* Deferred.succeed(entered, undefined)
              yield* Effect.sleep(Duration.millis(100))
              order.push("first")
            })
          )
        )
        yield* Deferred.await(entered)
        const second = Effect.flatMap(wholeIndex, (own) =>
          own.withLock(
            name,
            Effect.sync(() => order.push("second"))
          )
        )
        yield* Effect.provide(second, other)
        yield* Fiber.join(first)
        assert.deepStrictEqual(order, ["first", "second"])
      })
  )
}
