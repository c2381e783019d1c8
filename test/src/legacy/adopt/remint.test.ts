/** Merges that a legacy server made get the tree of a three-way merge, and what is built upon them gets new ids. */
import { assert, describe, it } from "@effect/vitest"
import { type Commit, commitIdOf, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type CommitId, RepositoryId, type SnapshotId } from "@musehub/domain/object/Id"
import { type Manifest, snapshotIdOf } from "@musehub/domain/object/Manifest"
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import { Roots } from "@musehub/domain/invariant/Roots"
import { adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import { Effect, Layer, Logger } from "effect"
import { at, startHub, type TestHub } from "../../domain/support/hubSamples.ts"
import { assertSound } from "../../domain/verify/verified.ts"
import { acquirePostgres } from "../../services/services.ts"
import { entriesOf } from "../../support/shortRefs.ts"
import { generatedDatabase, generatedId } from "../generatedDatabase.ts"
import { columnsOf, type GeneratedHistory } from "../generatedHistory.ts"
import { recordsIn } from "../legacyDatabase.ts"

const serverUrl = await acquirePostgres()
const repository = RepositoryId.make(generatedId)
const mergeId = "30781ebc20304eee82cbbf232bec3cf3"
const bytesOf = (text: string) => new TextEncoder().encode(text)
const lines = (first: string, last: string) => `${first}\n${"same\n".repeat(7)}${last}\n`

/** A legacy history of two sides that each changed the text to this, the server's merge, and a commit upon it. */
const mergedBy = (ours: string, theirs: string) => {
  const blobs = new Map<BlobId, Uint8Array>()
  const rows: Map<SnapshotId, ReturnType<typeof columnsOf>> = new Map()
  const manifests = new Map<SnapshotId, Manifest>()
  const snapshotOf = (text: string): SnapshotId => {
    const blob = BlobId.make(sha256(bytesOf(text)))
    blobs.set(blob, bytesOf(text))
    const manifest = new Map([["song.txt", blob]])
    const id = snapshotIdOf(manifest)
    manifests.set(id, manifest)
    rows.set(id, columnsOf(manifest, "json", new Map()))
    return id
  }
  const commit = (message: string, text: string, parent: CommitId | null) =>
    makeCommit({
      branch: "main",
      snapshot_id: snapshotOf(text),
      message,
      committed_at: "2026-01-05T10:00:00.000001+00:00",
      parent_commit_id: parent
    })
  /** The row of a commit whose parents, or id, are none that a commit can have. */
  const row = (made: Commit, id: string, parents: ReadonlyArray<string>, snapshot: SnapshotId | null) =>
    ({ ...made, id, parents, record: { ...made.record, snapshot_id: snapshot } }) as unknown as Commit
  const base = commit("base", lines("a", "b"), null)
  const left = commit("left", ours, base.id)
  const right = commit("right", theirs, base.id)
  const merge = row(commit("Merge", "", null), mergeId, [left.id, right.id], null)
  const after = commit("after", lines("after", "it"), null)
  const { committed_at: committedAt, message } = after.record
  const afterId = commitIdOf({ parents: [mergeId], snapshotId: after.snapshotId, message, committedAt })
  const child = row(after, afterId, [mergeId], after.snapshotId)
  const history: GeneratedHistory = { blobs, commits: [base, left, right, merge, child], manifests, rows }
  return { history, left, right, afterId, afterSnapshot: after.snapshotId }
}

const adopted = Effect.fnUntraced(function* (hub: TestHub, history: GeneratedHistory) {
  const { folder, url } = yield* generatedDatabase(serverUrl, history)
  const legacy = yield* Layer.build(recordsIn(url, folder))
  const adopting = adoptHub({
    names: [],
    mayMint: true,
    onAdopted: () => Effect.void,
    onAdopting: () => undefined
  })
  return yield* at(hub)(Effect.provideContext(adopting, legacy))
})

const aliasesOf = (hub: TestHub) =>
  Effect.map(
    Effect.flatMap(at(hub)(Roots), ({ read }) => at(hub)(read(repository))),
    ({ value }) => new Map(entriesOf(value.aliases))
  )

const quiet = Effect.provide(Logger.layer([]))

describe("adopting merges that a legacy server made", () => {
  it.effect("merges the lines of both sides, and gives what is built upon it a new id", () =>
    Effect.gen(function* () {
      const { afterId, afterSnapshot, history, left, right } = mergedBy(lines("ours", "b"), lines("a", "theirs"))
      const hub = yield* startHub()
      const [result] = (yield* adopted(hub, history)).repositories
      assert.deepStrictEqual([result?.commits, result?.quarantined], [5, []])
      const aliases = yield* aliasesOf(hub)
      assert.deepStrictEqual([...aliases.keys()].toSorted(), [mergeId, afterId].toSorted())

      const merge = (yield* at(hub)(readCommit(repository, aliases.get(mergeId) as CommitId))).commit
      assert.deepStrictEqual(merge.parents, [left.id, right.id])
      const { snapshot } = yield* at(hub)(readSnapshot(repository, merge.snapshotId))
      const text = yield* at(hub)(readBlob(repository, snapshot.manifest.get("song.txt") as BlobId))
      assert.strictEqual(new TextDecoder().decode(text), lines("ours", "theirs"))

      const child = (yield* at(hub)(readCommit(repository, aliases.get(afterId) as CommitId))).commit
      assert.deepStrictEqual([child.parents, child.snapshotId], [[merge.id], afterSnapshot])
      assert.notStrictEqual(String(child.id), afterId)
      yield* assertSound(hub)
    }).pipe(quiet, Effect.scoped)
  )

  it.effect("leaves one with conflicts behind, with what is built upon it", () =>
    Effect.gen(function* () {
      const { history } = mergedBy(lines("ours", "b"), lines("theirs", "b"))
      const hub = yield* startHub()
      const [result] = (yield* adopted(hub, history)).repositories
      assert.strictEqual(result?.commits, 3)
      assert.deepStrictEqual(
        result?.quarantined.map(({ row }) => row.split(" ", 1)[0]),
        ["commit", "branch"]
      )
      assert.match(String(result?.quarantined[0]?.reason), /cannot be merged: both changed song\.txt/)
      assert.strictEqual((yield* aliasesOf(hub)).size, 0)
      yield* assertSound(hub)
    }).pipe(quiet, Effect.scoped)
  )
})
