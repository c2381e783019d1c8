/**
 * A hub whose store has only roots and names, over a legacy hub's rows: clones are complete and verify, and once the
 * bytes are in the store, the rows are no longer read.
 */
import { wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { assert, describe, layer } from "@effect/vitest"
import { claimName } from "@musehub/domain/invariant/NameClaims"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"

import { Roots } from "@musehub/domain/invariant/Roots"
import { blobOf } from "@musehub/domain/object/Blob"
import { commitObject, decodeCommit } from "@musehub/domain/object/Commit"
import { CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import { decodeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import { Slug } from "@musehub/domain/repository/Names"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { holdsNothing } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Context, Effect, Layer, Logger, Result, Stream } from "effect"
import { withOwnMetrics } from "../cache/support.ts"
import { firstRoot } from "../domain/support/rootSamples.ts"
import { apiClient } from "../e2e/hub/apiClient.ts"
import { audit } from "../e2e/muse/audit.ts"
import { goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { clone, pushBranch } from "../e2e/muse/LocalRepository.ts"
import { call, post, type Target } from "../e2e/muse/MuseClient.ts"
import { assertProblem } from "../e2e/hub/assertProblem.ts"
import { assertSame, toMsgpack } from "../e2e/muse/Value.ts"
import { acquirePostgres } from "../services/services.ts"
import { legacyDatabase, recordsIn } from "./legacyDatabase.ts"
import { emptyStoreOver, expected, reconstructions, type Served } from "./support.ts"
import { assertIsGolden, type Cloned, goldenSlugs } from "./golden.ts"
import { headsOf } from "../support/shortRefs.ts"

const serverUrl = await acquirePostgres()

class Sample extends Context.Service<Sample, LegacyRecords["Service"]>()("@musehub/test/legacy/hub/Sample") {}

const sample = Layer.effect(
  Sample,
  Effect.gen(function* () {
    const url = yield* legacyDatabase(serverUrl)
    return Sample.of(Context.get(yield* Layer.build(Layer.orDie(recordsIn(url))), LegacyRecords))
  })
)

/** A hub over an empty store, with the rows of the sample behind it. */
const hubOverRows = Effect.gen(function* () {
  const { served, services } = yield* emptyStoreOver(yield* Sample)
  const index = wholeIndexOf(yield* Layer.build(Layer.fresh(MemoryIndex.layer)))
  return { hub: yield* startHub(Context.merge(services, portsOf(index))), served }
})

/** Writes the root and the name of a sample repository, like a backfill that has not reached its objects. */
const adopt = Effect.fnUntraced(function* (hub: Hub, slug: string) {
  const repo = expected.repos.find((candidate) => candidate.slug === slug)
  assert.isDefined(repo)
  const id = RepositoryId.make(repo.repo_id)
  const heads = headsOf(repo.branches.map(([name, head]) => [name, CommitId.make(String(head))] as const))
  const first = firstRoot(id, heads)
  const root = { ...first, repository: { ...first.repository, slug: Slug.make(slug), name: slug } }
  yield* Effect.gen(function* () {
    yield* (yield* Roots).create(root)
    yield* claimName(root.repository, id, root.nameEpoch, root.repository.owner)
  }).pipe(Effect.provideContext(hub.services))
  const target: Target = { url: hub.url, repository: `ada/${slug}` }
  return { id, target, repo }
})

/** Puts what the rows give into packs, and names them, as a backfill does. */
const putAll = Effect.fnUntraced(function* (repository: RepositoryId, cloned: Cloned, from: Served, hub: Hub) {
  yield* Effect.gen(function* () {
    const packs = new NewPacks(repository)
    for (const bytes of cloned.blobs.values()) yield* packs.addBlob(blobOf(bytes))
    for (const id of cloned.snapshots.keys()) {
      const bytes = yield* from.get({ repository, type: "snapshot", id: SnapshotId.make(id) })
      yield* packs.add(snapshotObject(Result.getOrThrow(decodeSnapshot(bytes))))
    }
    for (const id of cloned.commits.keys()) {
      const bytes = yield* from.get({ repository, type: "commit", id: CommitId.make(id) })
      yield* packs.add(Result.getOrThrow(Result.flatMap(decodeCommit(bytes), commitObject)))
    }
    const added = (yield* packs.finish()).map(({ ref }) => ref)
    yield* (yield* Roots).move(repository, (root) =>
      Effect.succeed({ root: { ...root, packs: [...root.packs, ...added] }, change: null })
    )
  }).pipe(Effect.provideContext(hub.services))
})

const isIndexed = (hub: Hub, slug: string) =>
  Effect.map(openRepository("ada", slug, null, "read"), ({ indexed }) => indexed).pipe(
    Effect.provideContext(hub.services)
  )

const quiet = Effect.provide(Logger.layer([]))

describe("a hub over a legacy hub", () => {
  layer(sample, { excludeTestServices: true })((it) => {
    for (const slug of goldenSlugs) {
      it.effect(`${slug}: serves a complete clone before the backfill, and reads no rows after it`, () =>
        withOwnMetrics(
          Effect.gen(function* () {
            const { hub, served } = yield* hubOverRows
            const { id, repo, target } = yield* adopt(hub, slug)

            const before = yield* clone(target)
            assert.strictEqual(before.commits.size, repo.reachable_commits)
            assert.deepStrictEqual(before.heads, new Map(repo.branches.map(([name, head]) => [name, String(head)])))
            assertIsGolden(before, slug)
            assert.isFalse(yield* isIndexed(hub, slug))
            // What is only in rows is in neither the store nor the index.
            assert.strictEqual((yield* Effect.provideContext(audit(id), hub.services)).commits.size, 0)
            assert.isAtLeast(yield* reconstructions("commit"), before.commits.size)
            assert.isAtLeast(yield* reconstructions("snapshot"), before.snapshots.size)
            assert.isAtLeast(yield* reconstructions("blob"), before.blobs.size)

            yield* putAll(id, before, served, hub)
            const counted = yield* reconstructions()
            assert.isTrue(yield* isIndexed(hub, slug))
            const after = yield* clone(target)
            assertSame(after.commits, before.commits, "commits")
            assertSame(after.snapshots, before.snapshots, "snapshots")
            assertSame(after.blobs, before.blobs, "blobs")
            assert.strictEqual(yield* reconstructions(), counted)

            const held = yield* Effect.provideContext(audit(id), hub.services)
            assert.deepStrictEqual(held.commits, new Set(before.commits.keys()))
          }).pipe(quiet)
        )
      )
    }

    it.effect("serves complete clones during a backfill, and reads only the rest from rows", () =>
      withOwnMetrics(
        Effect.gen(function* () {
          const { hub, served } = yield* hubOverRows
          const { id, target } = yield* adopt(hub, "linear")
          const before = yield* clone(target)
          const half = {
            ...before,
            commits: new Map([...before.commits].slice(0, 2)),
            snapshots: new Map([...before.snapshots].slice(0, 1)),
            blobs: new Map([...before.blobs].slice(0, 3))
          }
          yield* putAll(id, half, served, hub)
          const counted = yield* reconstructions("commit")
          const after = yield* clone(target)
          assertIsGolden(after, "linear")
          assert.strictEqual(after.commits.size, before.commits.size)
          assert.isAbove(yield* reconstructions("commit"), counted)
          assert.isFalse(yield* isIndexed(hub, "linear"))
        }).pipe(quiet)
      )
    )

    it.effect("serves an mpack stream and a single file too", () =>
      Effect.gen(function* () {
        const { hub } = yield* hubOverRows
        const { id, repo, target } = yield* adopt(hub, "linear")
        const head = String(repo.branches[0]?.[1])
        const answer = yield* call(target, "POST", "fetch", toMsgpack({ want: [head], have: [] }), {
          accept: mpackMediaType
        })
        assert.strictEqual(answer.status, 200)
        const cloned = yield* clone(target)
        const { header, objects } = yield* readMpack(Stream.succeed(answer.body), { holds: holdsNothing })
        assert.strictEqual(header.repository, id)
        const found: Array<string> = []
        yield* Stream.runForEach(
          objects,
          Effect.fnUntraced(function* (object) {
            if (object.type === "blob" && !(object.content instanceof Uint8Array))
              yield* Stream.runDrain(object.content)
            found.push(object.id)
          })
        )
        const whole = [...cloned.commits.keys(), ...cloned.snapshots.keys(), ...cloned.blobs.keys()]
        assert.deepStrictEqual(found.toSorted(), whole.toSorted())

        const api = yield* apiClient(hub.url)
        const params = { owner: "ada", slug: "linear" }
        const page = yield* api.browse.tree({ params, query: { ref: head, recursive: true } })
        const [entry] = page.items
        assert(entry?.type === "file")
        const file = yield* call(
          { ...target, repository: "api/v1/repos/ada/linear" },
          "GET",
          `raw?ref=${head}&path=${encodeURIComponent(entry.path)}`
        )
        assert.strictEqual(file.status, 200)
        assert.strictEqual(blobOf(file.body).id, entry.blobId)
      }).pipe(quiet, Effect.scoped)
    )

    it.effect("fails a fetch of a history with a commit that no row gives, and still shows its refs", () =>
      Effect.gen(function* () {
        const { hub } = yield* hubOverRows
        for (const slug of ["octopus", "with-init"]) {
          const { repo, target } = yield* adopt(hub, slug)
          assert.strictEqual((yield* call(target, "GET", "refs")).status, 200)
          const answer = yield* post(target, "fetch", { want: [String(repo.branches[0]?.[1])], have: [] })
          assertProblem(answer, 500, /^the store lacks (commit|snapshot|blob) /, slug)
        }
      }).pipe(quiet)
    )

    it.effect("refuses a push onto rows until they are backfilled", () =>
      Effect.gen(function* () {
        const { hub, served } = yield* hubOverRows
        const { id, target } = yield* adopt(hub, "linear")
        const ada = { ...target, token: yield* tokenFor(hub, "ada") }
        const golden = goldenRepository("linear")
        const objects = [...golden.blobs].map(([object_id, content]) => ({ object_id, content }))
        assertProblem(yield* post(ada, "push/objects", { objects }), 500, /^the store lacks (commit|snapshot|blob) /)
        yield* putAll(id, yield* clone(target), served, hub)
        assert.strictEqual((yield* pushBranch(ada, golden, "main")).answer.status, 200)
      }).pipe(quiet)
    )
  })
})
