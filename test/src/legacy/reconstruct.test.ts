/**
 * Reads of an empty store over the sample of a legacy hub: everything that its rows give is served as canonical bytes
 * under the right id, nothing else is, and none of it counts as stored.
 */
import { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { assert, describe, layer } from "@effect/vitest"
import { witnessBlobs, witnessCommits, witnessSnapshots } from "@musehub/domain/invariant/ObjectWriter"
import { blobOf } from "@musehub/domain/object/Blob"
import { commitObject, decodeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, CommitId, emptyBlobId, SnapshotId } from "@musehub/domain/object/Id"
import { decodeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import type { Packs } from "@musehub/domain/invariant/packs/Packs"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Context, Effect, Layer, Logger, Result, Schema, Stream } from "effect"
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { withOwnMetrics } from "../cache/support.ts"
import { newRepository } from "@musehub/contract/StoreSamples"
import { acquirePostgres } from "../services/services.ts"
import { legacyDatabase, recordsIn, run } from "./legacyDatabase.ts"
import { emptyStoreOver, expected, reconstructions, type Served, storedIn } from "./support.ts"

const serverUrl = await acquirePostgres()

class Sample extends Context.Service<Sample, { readonly url: string; readonly legacy: LegacyRecords["Service"] }>()(
  "@musehub/test/legacy/Sample"
) {}

const sample = Layer.effect(
  Sample,
  Effect.gen(function* () {
    const url = yield* legacyDatabase(serverUrl)
    return { url, legacy: Context.get(yield* Layer.build(Layer.orDie(recordsIn(url))), LegacyRecords) }
  })
)

const repository = newRepository()
const commitKey = (id: string) => ({ repository, type: "commit", id: CommitId.make(id) }) as const
const snapshotKey = (id: string) => ({ repository, type: "snapshot", id: SnapshotId.make(id) }) as const
const blobKey = (id: string) => ({ repository, type: "blob", id: BlobId.make(id) }) as const

const isId = Schema.is(CommitId)
const idsIn = (url: string, table: string, column: string) =>
  Effect.map(run(url, `SELECT ${column} AS id FROM ${table} ORDER BY 1`), (rows) => rows.map(({ id }) => String(id)))

const unrecomputable = new Set(expected.repos.flatMap((repo) => Object.keys(repo.commit_ids_not_recomputable)))
/** Recomputed from its row it gives its id, but its parent `init-0e4a8e5a` is not an id, so no record can name it. */
const onTopOfInit = "69b1bf206cd6a71eeb9fc58dce60e65aeaed3ceccefac764c0aa58c9e3cc49e1"
const octopus = "12b21b6133579bb086a30698a8be2bf78be59d2f464885c687e41eebcb06fbe5"
const linearHead = "0e570cb9b0aa7653b8188b6b5302e25a265f3bdd81f988996f6b5606e67ed14d"

/** Runs an effect with a list that collects its log messages. */
const logging = <A, E, R>(effect: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
    return Effect.provide(effect(lines), Logger.layer([logger]))
  })

const quiet = Effect.provide(Logger.layer([]))

const isMissing = (store: Served, key: ObjectKey) =>
  Effect.gen(function* () {
    assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing", key.id)
    assert.strictEqual((yield* Effect.flip(Stream.runDrain(store.stream(key))))._tag, "ObjectMissing", key.id)
  })

describe("a store over a legacy hub", () => {
  layer(sample, { excludeTestServices: true })((it) => {
    it.effect("serves every commit whose row gives its id, and no other", () =>
      withOwnMetrics(
        Effect.gen(function* () {
          const { legacy, url } = yield* Sample
          const { served: store } = yield* emptyStoreOver(legacy)
          const ids = yield* idsIn(url, "musehub_commits", "commit_id")
          assert.deepStrictEqual([ids.length, unrecomputable.size], [expected.totals.commits, 6])
          const served = ids.filter((id) => !unrecomputable.has(id) && id !== onTopOfInit)
          assert.strictEqual(served.length, 51)
          for (const id of served) {
            const bytes = yield* store.get(commitKey(id))
            assert.strictEqual(Result.getOrThrow(decodeCommit(bytes)).id, id)
            assert.deepStrictEqual(yield* Stream.mkUint8Array(store.stream(commitKey(id))), bytes)
          }
          assert.strictEqual(yield* reconstructions("commit"), 2 * served.length)
          // The five others have ids that no caller can even request.
          assert.deepStrictEqual(
            ids.filter((id) => !served.includes(id) && isId(id)),
            [octopus, onTopOfInit].toSorted()
          )
          yield* isMissing(store, commitKey(octopus))
          yield* isMissing(store, commitKey(onTopOfInit))
          assert.strictEqual(yield* reconstructions(), 2 * served.length)
        }).pipe(quiet)
      )
    )

    it.effect("restores times to the microsecond and everything that the id omits", () =>
      Effect.gen(function* () {
        const { legacy } = yield* Sample
        const { served: store } = yield* emptyStoreOver(legacy)
        const recordOf = (id: string) =>
          Effect.map(store.get(commitKey(id)), (bytes) => Result.getOrThrow(decodeCommit(bytes)).record)
        const second = yield* recordOf("b834a0920cef1180fc11da450978b17e7ee94a596b4f8bf383b541900c567933")
        assert.strictEqual(second.committed_at, "2026-11-22T15:09:49.100915+00:00")
        assert.strictEqual(second.format_version, 5)
        assert.strictEqual(second.sem_ver_bump, "major")
        assert.deepStrictEqual(second.breaking_changes, ["hello.txt"])
        assert.strictEqual(Object.keys(second).length, 22)
        const imported = yield* recordOf("78c5b1541e9570fcc5d185662f25608ace970f097248e6f212fd9835ed12fec1")
        assert.strictEqual(imported.committed_at, "2023-12-31T22:00:00+00:00")
      }).pipe(quiet)
    )

    it.effect("serves every snapshot whose manifest gives its id", () =>
      Effect.gen(function* () {
        const { legacy, url } = yield* Sample
        const { served: store } = yield* emptyStoreOver(legacy)
        const ids = yield* idsIn(url, "musehub_snapshots", "snapshot_id")
        assert.strictEqual(ids.length, expected.totals.snapshots)
        for (const id of ids) {
          const snapshot = Result.getOrThrow(decodeSnapshot(yield* store.get(snapshotKey(id))))
          assert.strictEqual(snapshot.id, id)
          assert.match(snapshot.createdAt ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/)
        }
      }).pipe(quiet)
    )

    it.effect("serves every blob that has a file with the right bytes, whole and in part", () =>
      Effect.gen(function* () {
        const { legacy, url } = yield* Sample
        const { served: store } = yield* emptyStoreOver(legacy)
        const ids = (yield* idsIn(url, "musehub_objects", "object_id")).map((id) => id.replace(/^sha256:/, ""))
        assert.strictEqual(ids.length, expected.totals.objects)
        const unservable = new Set(
          expected.repos.flatMap((repo) => [...repo.objects_without_bytes, ...repo.objects_with_wrong_bytes])
        )
        for (const id of ids) {
          if (unservable.has(id)) {
            yield* isMissing(store, blobKey(id))
            continue
          }
          const bytes = yield* store.get(blobKey(id))
          assert.strictEqual(sha256(bytes), id)
          assert.deepStrictEqual(yield* Stream.mkUint8Array(store.stream(blobKey(id))), bytes)
          const range = { start: Math.floor(bytes.byteLength / 3), end: bytes.byteLength - 1 }
          const part = yield* Stream.mkUint8Array(store.stream(blobKey(id), range))
          assert.deepStrictEqual(part, bytes.slice(range.start, range.end))
        }
        // It was never stored, and every repository has it.
        assert.strictEqual((yield* store.get(blobKey(emptyBlobId))).byteLength, 0)
        const beyond = yield* Effect.flip(Stream.runDrain(store.stream(blobKey(emptyBlobId), { start: 0, end: 1 })))
        assert.strictEqual(beyond._tag, "RangeOutside")
      }).pipe(quiet)
    )

    it.effect("reports nothing as stored, and gives no evidence of it", () =>
      Effect.gen(function* () {
        const { legacy, url } = yield* Sample
        const { bare, served, services } = yield* emptyStoreOver(legacy)
        const [snapshot = "", blob = ""] = [
          (yield* idsIn(url, "musehub_snapshots", "snapshot_id"))[0],
          (yield* idsIn(url, "musehub_objects", "object_id"))[0]
        ]
        const keys = [commitKey(linearHead), snapshotKey(snapshot), blobKey(blob)]
        for (const key of keys) {
          yield* served.get(key)
        }
        for (const type of ["blob", "pack"] as const) {
          assert.deepStrictEqual((yield* bare.list(repository, type, { limit: 10 })).items, [])
        }
        const evidence: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }, ObjectStore | Packs>> = [
          witnessCommits(repository, [CommitId.make(linearHead)]),
          witnessSnapshots(repository, [SnapshotId.make(snapshot)]),
          witnessBlobs(repository, [BlobId.make(blob)])
        ]
        for (const witness of evidence) {
          const error = yield* Effect.flip(Effect.provideContext(witness, services))
          assert.strictEqual(error._tag, "ObjectMissing")
        }
      }).pipe(quiet)
    )

    it.effect(
      "warns and counts each time, reports an unusable row once, and does neither once the bytes are there",
      () =>
        withOwnMetrics(
          logging(
            Effect.fnUntraced(function* (lines: ReadonlyArray<string>) {
              const { legacy, url } = yield* Sample
              const { served: store, services } = yield* emptyStoreOver(legacy)
              const key = commitKey(linearHead)
              const commit = Result.getOrThrow(decodeCommit(yield* store.get(key)))
              const snapshot = snapshotKey(commit.snapshotId)
              const manifest = Result.getOrThrow(decodeSnapshot(yield* store.get(snapshot)))
              const [id = emptyBlobId] = manifest.manifest.values()
              const bytes = yield* store.get(blobKey(id))
              assert.strictEqual(yield* reconstructions(), 3)
              assert.deepStrictEqual(
                yield* Effect.all([reconstructions("commit"), reconstructions("snapshot"), reconstructions("blob")]),
                [1, 1, 1]
              )
              assert.deepStrictEqual(lines, [
                `Warn commit ${linearHead} is not in the store and was made from its legacy row`,
                `Warn snapshot ${snapshot.id} is not in the store and was made from its legacy row`,
                `Warn blob ${id} is not in the store and was made from its legacy row`
              ])
              yield* isMissing(store, commitKey(octopus))
              assert.strictEqual(lines.length, 4)
              assert.match(
                lines[3] ?? "",
                /^Warn the legacy row of commit 12b21b.* its content gives .*it stays missing$/
              )
              // Ids without a row cause no warning.
              yield* isMissing(store, commitKey("0".repeat(64)))
              assert.strictEqual(lines.length, 4)
              assert.isFalse(lines.some((line) => line.includes(new URL(url).password)))

              const objects = [blobOf(bytes), snapshotObject(manifest), Result.getOrThrow(commitObject(commit))]
              yield* Effect.provideContext(storedIn(repository, objects), services)
              for (const [position, held] of [blobKey(id), snapshot, key].entries()) {
                assert.deepStrictEqual(yield* store.get(held), objects[position]?.content)
                yield* Stream.runDrain(store.stream(held))
              }
              assert.strictEqual(yield* reconstructions(), 3)
              assert.strictEqual(lines.length, 4)
            })
          )
        )
    )
  })
})

describe("false rows", () => {
  const folder = Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-legacy-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )

  layer(sample, { excludeTestServices: true })((it) => {
    it.effect("are not served: a commit with another message, time or parent, a snapshot with another path", () =>
      Effect.gen(function* () {
        const url = yield* legacyDatabase(serverUrl)
        const legacy = Context.get(yield* Layer.build(recordsIn(url)), LegacyRecords)
        const { served: store } = yield* emptyStoreOver(legacy)
        const key = commitKey(linearHead)
        const { snapshotId } = Result.getOrThrow(decodeCommit(yield* store.get(key)))
        const changes = [
          `message = message || '.'`,
          `"timestamp" = "timestamp" + interval '1 microsecond'`,
          `"timestamp" = 'infinity'`,
          `parent_ids = '[]'`,
          `parent_ids = '{"0": 1}'`,
          `parent_ids = '["a", "b", "c"]'`,
          `snapshot_id = NULL`,
          `commit_meta = '[]'`,
          `commit_meta = '{"test_runs": "many"}'`,
          `commit_meta = ('{"metadata": {"x": "' || repeat('x', 49 * 1024 * 1024) || '"}}')::json`
        ]
        for (const change of changes) {
          yield* run(url, `CREATE TABLE kept AS TABLE musehub_commits`)
          yield* run(url, `UPDATE musehub_commits SET ${change} WHERE commit_id = $1`, [linearHead])
          yield* isMissing(store, key)
          yield* run(url, `DELETE FROM musehub_commits`)
          yield* run(url, `INSERT INTO musehub_commits TABLE kept`)
          yield* run(url, `DROP TABLE kept`)
          yield* store.get(key)
        }
        for (const manifest of [`{"a": "${"0".repeat(64)}"}`, `["a"]`, `{"__proto__": null}`, `{"../x": "1"}`]) {
          yield* run(url, `UPDATE musehub_snapshots SET manifest = $1::text::json WHERE snapshot_id = $2`, [
            manifest,
            snapshotId
          ])
          yield* isMissing(store, snapshotKey(snapshotId))
        }
      }).pipe(quiet)
    )

    it.effect("do not lead out of the folder, by path or by link", () =>
      Effect.gen(function* () {
        const base = yield* folder
        const url = yield* legacyDatabase(serverUrl)
        const owner = "90396f60-24e6-4777-b0b2-1686fe00dc16"
        const secret = new TextEncoder().encode("outside")
        const id = sha256(secret)
        yield* Effect.promise(async () => {
          await mkdir(join(base, "objects", owner, "sub"), { recursive: true })
          await writeFile(join(base, "secret"), secret)
          await symlink(join(base, "secret"), join(base, "objects", owner, "link"))
          await symlink(base, join(base, "objects", owner, "up"))
          await symlink(join(base, "nowhere"), join(base, "objects", owner, "dangling"))
        })
        const legacy = Context.get(yield* Layer.build(recordsIn(url, join(base, "objects"))), LegacyRecords)
        const { served: store } = yield* emptyStoreOver(legacy)
        const insert = (path: string) =>
          Effect.andThen(
            run(url, `DELETE FROM musehub_objects WHERE object_id = $1`, [id]),
            run(url, `INSERT INTO musehub_objects (object_id, repo_id, path, disk_path) VALUES ($1, $2, '', $3)`, [
              id,
              owner,
              path
            ])
          )
        const paths = [
          `../secret`,
          `${owner}/../../secret`,
          `${owner}/./sub`,
          `${owner}/sub`,
          `${owner}`,
          `${owner}/`,
          ``,
          `${base}/secret`,
          `/etc/passwd`,
          `/anywhere/${owner}/../../secret`,
          `${owner}/link`,
          `${owner}/up/secret`,
          `${owner}/dangling`,
          `${owner}\\..\\secret`,
          `./${owner}/link`,
          `s3://bucket/objects/${owner}/${id}`,
          `file://${base}/secret`
        ]
        for (const path of paths) {
          yield* insert(path)
          yield* isMissing(store, blobKey(id))
        }
        // The same bytes inside the folder are found, by a relative path and by an absolute one of the folder's former
        // place.
        yield* Effect.promise(() => writeFile(join(base, "objects", owner, `sha256-${id}`), secret))
        for (const path of [`${owner}/sha256-${id}`, `/data/objects/${owner}/sha256-${id}`]) {
          yield* insert(path)
          assert.deepStrictEqual(yield* store.get(blobKey(id)), secret)
        }
        yield* run(url, `UPDATE musehub_objects SET object_id = 'sha256:' || object_id WHERE object_id = $1`, [id])
        assert.deepStrictEqual(yield* store.get(blobKey(id)), secret)
      }).pipe(quiet)
    )

    it.effect("that cannot be read are a transient failure, not a missing object", () =>
      Effect.gen(function* () {
        const url = yield* legacyDatabase(serverUrl)
        const legacy = Context.get(yield* Layer.build(recordsIn(url)), LegacyRecords)
        const { served: store } = yield* emptyStoreOver(legacy)
        yield* run(url, "ALTER TABLE musehub_commits RENAME TO kept")
        const error = yield* Effect.flip(store.get(commitKey(linearHead)))
        assert.strictEqual(error._tag, "StoreUnavailable")
        const refused = yield* Effect.flip(Layer.build(recordsIn(url)))
        assert.strictEqual(refused._tag, "LegacyUnavailable")
        // What looks like a table may be a view whose query writes.
        yield* run(
          url,
          `CREATE FUNCTION noted() RETURNS SETOF kept LANGUAGE plpgsql
           AS $$ BEGIN DELETE FROM kept; RETURN QUERY TABLE kept; END $$`
        )
        yield* run(url, "CREATE VIEW musehub_commits AS SELECT * FROM noted()")
        const prevented = yield* Effect.flip(store.get(commitKey(linearHead)))
        assert.include(inspect(prevented, { depth: 10 }), "read-only transaction")
        for (const shown of [error, refused, prevented]) {
          assert.notInclude(inspect(shown, { depth: 10 }), new URL(url).password)
        }
        assert.strictEqual((yield* run(url, "TABLE kept")).length, expected.totals.commits)
      }).pipe(quiet)
    )
  })
})
