/** What was read is noted in the store, so that runs add up: a stopped one goes on, and one may read a part. */
import { assert, describe, it } from "@effect/vitest"
import { verifiedCodec } from "@musehub/domain/hub/codecs"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault, ReadOnly } from "@musehub/domain/port/UnavailableReason"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { interposed } from "../../support/interposedStore.ts"
import { newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { losePackWith } from "../support/losses.ts"
import { mislabeledBlob, namePack } from "./planting.ts"
import { bytesOf, findingsOf, grownHub } from "./verified.ts"

const start = "1970-01-01T00:00:00.000Z"

const notedOf = Effect.fnUntraced(function* (hub: Pick<TestHub, "store">, repository: RepositoryId) {
  const key = { kind: "hub", collection: "verified", name: DocumentName.make(repository) } as const
  return Result.getOrThrow(verifiedCodec.decode(yield* bytesOf(hub, key)))
})

describe("what verify has read", () => {
  it.effect("is noted with its time and version, and not read again if that is recent", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      yield* TestClock.adjust("1 hour")
      const first = yield* findingsOf(hub, "deep")
      const at = "1970-01-01T01:00:00.000Z"
      const noted = yield* notedOf(hub, repository.id)
      assert.deepInclude(noted, { repository: repository.id, version: "1.2.3" })
      assert.deepStrictEqual([noted.objects?.at, noted.bytes?.at, noted.packs.length], [at, at, first.verified.packs])

      const again = yield* findingsOf(hub, "deep", { since: at })
      assert.deepStrictEqual([again.verified.skipped, again.verified.bytes], [1, 0])
      const later = yield* findingsOf(hub, "deep", { since: "1970-01-01T01:00:00.001Z" })
      assert.deepStrictEqual([later.verified.skipped, later.verified.bytes], [0, first.verified.bytes])
      const whole = yield* findingsOf(hub, "deep")
      assert.strictEqual(whole.verified.bytes, first.verified.bytes)
    })
  )

  it.effect("by level: after a reading without blobs, every byte is not read yet", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      yield* findingsOf(hub, "quick")
      assert.strictEqual((yield* Effect.exit(notedOf(hub, repository.id)))._tag, "Failure")
      yield* findingsOf(hub, "default")
      assert.isNull((yield* notedOf(hub, repository.id)).bytes)
      assert.strictEqual((yield* findingsOf(hub, "default", { since: start })).verified.skipped, 1)
      assert.strictEqual((yield* findingsOf(hub, "deep", { since: start })).verified.skipped, 0)
    })
  )

  it.effect("leaves what was pushed since: of the packs before, blobs are not read again", () =>
    Effect.gen(function* () {
      const { hub, repository, second } = yield* grownHub
      const before = (yield* findingsOf(hub, "deep")).verified
      yield* pushSteps(hub, repository, "side", [step("later", { a: "later" }, [second])])
      const { verified } = yield* findingsOf(hub, "deep", { since: start })
      assert.strictEqual(verified.skipped, 0)
      assert.isBelow(verified.objects, before.objects)
      assert.strictEqual((yield* notedOf(hub, repository.id)).packs.length, verified.packs)
      assert.isAbove(verified.packs, before.packs)
    })
  )

  it.effect("goes on after a run that was stopped", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const whole = (yield* findingsOf(hub, "deep")).verified
      const other = yield* grownHub
      let streams = 0
      // Each read of a pack takes a minute, and the store goes away in the middle.
      const failing = interposed(other.hub.store, (call, effect) =>
        Effect.gen(function* () {
          if (call.operation === "stream") {
            yield* TestClock.adjust("1 minute")
            streams += 1
          }
          if (streams < 20) return yield* effect
          const reason = new Fault({ cause: new Error("injected: the store is away") })
          return yield* new StoreUnavailable({ operation: call.operation, key: call.path, reason })
        })
      )
      const stopped = yield* Effect.flip(findingsOf({ store: failing, index: other.hub.index }, "deep"))
      assert.strictEqual(stopped._tag, "StoreUnavailable")
      const { packs } = yield* notedOf(other.hub, other.repository.id)
      assert.isTrue(packs.length > 0 && packs.length < whole.packs, `${packs.length} packs`)
      const { faults, verified } = yield* findingsOf(other.hub, "deep", { since: start })
      assert.deepStrictEqual([faults, verified.skipped], [[], 0])
      assert.isBelow(verified.bytes, whole.bytes)
      assert.isNotNull((yield* notedOf(other.hub, other.repository.id)).bytes)
      assert.notStrictEqual(repository.id, other.repository.id)
    })
  )

  it.effect("is not what has faults: it is read again and again", () =>
    Effect.gen(function* () {
      const { first, hub, repository } = yield* grownHub
      yield* losePackWith(hub.store, repository.id, { type: "commit", id: first.commit.id })
      for (let run = 0; run < 2; run += 1) {
        const { faults, verified } = yield* findingsOf(hub, "default", { since: start })
        assert.isNotEmpty(faults)
        assert.strictEqual(verified.skipped, 0)
      }
    })
  )

  it.effect("is not a pack that has a fault, though its bytes are those of its name", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* namePack(grown, [mislabeledBlob])
      for (let run = 0; run < 2; run += 1) {
        const { faults } = yield* findingsOf(grown.hub, "deep", { since: start })
        assert.deepStrictEqual(
          faults.map(({ _tag }) => _tag),
          ["ObjectMisstated"]
        )
      }
    })
  )

  it.effect("is as old as what was passed over", () =>
    Effect.gen(function* () {
      const { hub, repository, second } = yield* grownHub
      yield* findingsOf(hub, "deep")
      yield* TestClock.adjust("20 days")
      yield* pushSteps(hub, repository, "side", [step("later", { a: "later" }, [second])])
      yield* findingsOf(hub, "deep", { since: start })
      assert.strictEqual((yield* notedOf(hub, repository.id)).bytes?.at, start)
      const { verified } = yield* findingsOf(hub, "deep", { since: "1970-01-02T00:00:00.000Z" })
      assert.strictEqual(verified.skipped, 0)
      assert.strictEqual((yield* notedOf(hub, repository.id)).bytes?.at, "1970-01-21T00:00:00.000Z")
    })
  )

  it.effect("is read without a note where the store takes no writes", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const readOnly = interposed(hub.store, (call, effect) =>
        Effect.gen(function* () {
          if (call.operation !== "documents.write") return yield* effect
          const reason = new ReadOnly({ cause: new Error("injected: read-only"), notWritten: true })
          return yield* new StoreUnavailable({ operation: call.operation, key: call.path, reason })
        })
      )
      const { faults, verified } = yield* findingsOf({ store: readOnly, index: hub.index }, "deep")
      assert.deepStrictEqual([faults, verified.repositories], [[], 1])
      assert.strictEqual((yield* Effect.exit(notedOf(hub, repository.id)))._tag, "Failure")
    })
  )

  it.effect("is chosen by a share of the repositories, those first that were read longest ago", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repositories = []
      for (let number = 0; number < 4; number += 1) {
        repositories.push(yield* newRepository(hub, `songs-${number}`, { initialize: true }))
      }
      const noted = Effect.fnUntraced(function* () {
        const documents = yield* hub.store.documents.list({ kind: "hub", collection: "verified" }, { limit: 10 })
        return documents.items.length
      })
      for (const [run, count] of [2, 4, 4].entries()) {
        yield* TestClock.adjust("1 minute")
        const { faults, verified } = yield* findingsOf(hub, "default", { sample: 0.4 })
        assert.deepStrictEqual([faults, verified.repositories], [[], 2], `run ${run}`)
        assert.strictEqual(yield* noted(), count, `run ${run}`)
      }
    })
  )
})
