/** A hub that takes over a repository of several packs records them as it goes, and goes on after them. */
import { assert, describe, it } from "@effect/vitest"
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, RepositoryId, type SnapshotId } from "@musehub/domain/object/Id"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import type { StoredPack } from "@musehub/domain/port/Stored"
import { Slug, UserName } from "@musehub/domain/repository/Names"
import { type AdoptOptions, adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import { ReceiptsUnwritten } from "@musehub/domain/usecase/operations/adopt/Receipt"
import { Effect, Exit, Layer, Logger, Option } from "effect"
import { createHash } from "node:crypto"
import { objectFacts } from "../../domain/rebuild/assertSameIndex.ts"
import { at, startHub, type TestHub } from "../../domain/support/hubSamples.ts"
import { assertSound, findingsOf } from "../../domain/verify/verified.ts"
import { acquirePostgres } from "../../services/services.ts"
import { generatedDatabase, generatedId } from "../generatedDatabase.ts"
import { columnsOf, type GeneratedHistory, type SnapshotColumns } from "../generatedHistory.ts"
import { recordsIn } from "../legacyDatabase.ts"
import { timeOf } from "../legacyLine.ts"

const serverUrl = await acquirePostgres()
const repository = RepositoryId.make(generatedId)
const name = { owner: UserName.make("ada"), slug: Slug.make("generated") }

/** Bytes of a file that no compression makes smaller: some 70 of them fill a pack. */
const fileBytes = 240 * 1024
const contentOf = (number: number): Uint8Array =>
  createHash("shake256", { outputLength: fileBytes }).update(String(number)).digest()

/** A line of commits with one file, whose content is another one in each. */
const line = (count: number): GeneratedHistory => {
  const commits: Array<Commit> = []
  const rows = new Map<SnapshotId, SnapshotColumns>()
  const manifests = new Map<SnapshotId, ReadonlyMap<string, BlobId>>()
  const blobs = new Map<BlobId, Uint8Array>()
  for (let number = 0; number < count; number++) {
    const content = contentOf(number)
    const blob = BlobId.make(sha256(content))
    const manifest = new Map([["song.wav", blob]])
    const snapshot = snapshotIdOf(manifest)
    blobs.set(blob, content)
    manifests.set(snapshot, manifest)
    rows.set(snapshot, columnsOf(manifest, "json", new Map()))
    commits.push(
      makeCommit({
        branch: "main",
        snapshot_id: snapshot,
        message: `commit ${number}`,
        committed_at: timeOf(number),
        author: "ada",
        parent_commit_id: commits.at(-1)?.id ?? null
      })
    )
  }
  return { commits, rows, manifests, blobs }
}

describe("a hub that takes over a repository of several packs", () => {
  it.live("records the first ones while it brings the others, unseen, and goes on after them", () =>
    Effect.gen(function* () {
      const history = line(160)
      const { folder, url } = yield* generatedDatabase(serverUrl, history)
      const legacy = yield* Layer.build(recordsIn(url, folder))
      const silent = { names: [], mayMint: false, onAdopted: () => Effect.void, onAdopting: () => undefined }
      const adopting = (hub: TestHub, onPut: AdoptOptions["onPut"] = () => Effect.void) =>
        at(hub)(Effect.provideContext(adoptHub({ ...silent, onPut }), legacy))
      const { index, store } = yield* startHub()
      const recorded = index.packs(repository)
      let named: ReadonlyArray<StoredPack> = []
      // It ends once the packs that were named first are recorded, and before others are named.
      const once = (_: string, packs: ReadonlyArray<StoredPack>) =>
        Effect.gen(function* () {
          if (named.length === 0) {
            named = packs
            return
          }
          while ((yield* Effect.orDie(recorded)).packs.size < named.length) yield* Effect.sleep("10 millis")
          return yield* new ReceiptsUnwritten({ cause: new Error("the disk is full") })
        })
      const exit = yield* Effect.exit(adopting(yield* startHub({ index, store }), once))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* recorded, {
        rootSequence: -1,
        packs: new Set(named.map(({ ref }) => ref.sha256))
      })
      assert.isTrue(Option.isNone(yield* index.repositoryByName(name.owner, name.slug)))
      const { faults, findings } = yield* findingsOf({ index, store }, "default")
      assert.deepStrictEqual(faults, [])
      assert.include(
        findings.map(({ _tag }) => _tag),
        "CreationUnfinished"
      )
      const hub = yield* startHub({ index, store })
      yield* adopting(hub)
      assert.isAbove((yield* recorded).packs.size, named.length)
      const undisturbed = yield* startHub()
      yield* adopting(undisturbed)
      const [facts, expected] = [yield* objectFacts(hub, repository), yield* objectFacts(undisturbed, repository)]
      assert.lengthOf(facts.nodes, history.commits.length)
      assert.deepStrictEqual([facts.nodes, facts.introductions], [expected.nodes, expected.introductions])
      yield* assertSound(hub)
    }).pipe(Effect.provide(Logger.layer([])), Effect.scoped)
  )
})
