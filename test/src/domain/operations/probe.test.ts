/**
 * The probe: an honest store is fit, and the probe names each way in which a store breaks the promises that roots need.
 */
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { ReadOnly } from "@musehub/domain/port/UnavailableReason"
import { lastProbe, probe } from "@musehub/domain/usecase/operations/probe"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import {
  changingVersions,
  checkingTooEarly,
  ignoringConditions,
  ignoringIfMatch,
  ignoringIfNoneMatch,
  ignoringKnownVersion,
  listingLate
} from "../../support/brokenStore.ts"
import { injecting, random, scripted } from "../../support/faultyStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { seeded } from "../../support/seeded.ts"
import { memoryStore } from "../support/rootSamples.ts"

const probing = (store: Store) => Effect.provideService(probe(), ObjectStore, store)

const everything = Effect.fnUntraced(function* (store: Store) {
  const repositories = yield* store.listRepositories({ limit: 1000 })
  const documents = yield* store.documents.list({ kind: "hub", collection: "probe" }, { limit: 1000 })
  return { repositories: repositories.items, documents: documents.items }
})

describe("the probe", () => {
  it.effect("finds an honest store fit, keeps its report there, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      yield* TestClock.setTime(Date.UTC(2026, 10, 22))
      const report = yield* probing(store)
      assert.deepStrictEqual(report, {
        at: "2026-11-22T00:00:00.000Z",
        location: "memory:",
        createsRaceSafe: true,
        replacesRaceSafe: true,
        versionsRoundTrip: true,
        listsWhatWasWritten: true,
        readsRanges: true,
        deletes: true,
        checksumEnforced: null,
        fit: true,
        reasons: []
      })
      assert.deepStrictEqual(yield* everything(store), { repositories: [], documents: ["latest"] })
      const last = yield* Effect.provideService(lastProbe(), ObjectStore, store)
      assert.deepStrictEqual(last, Option.some(report))
    })
  )

  it.effect("keeps only the latest report", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      yield* probing(ignoringConditions(store))
      const report = yield* probing(store)
      const last = yield* Effect.provideService(lastProbe(), ObjectStore, store)
      assert.deepStrictEqual(last, Option.some(report))
    })
  )

  it.effect("lets calls overtake each other", () =>
    Effect.gen(function* () {
      const store = interposed(yield* memoryStore, injecting(random(seeded(1), { other: { turnsMax: 9 } })))
      assert.isTrue((yield* probing(store)).fit)
    })
  )

  const broken: ReadonlyArray<{
    readonly name: string
    readonly breaking: (store: Store) => Store
    readonly reason: RegExp
  }> = [
    { name: "ignores If-None-Match", breaking: ignoringIfNoneMatch, reason: /creations with If-None-Match/ },
    { name: "ignores If-Match", breaking: ignoringIfMatch, reason: /replacements with If-Match/ },
    { name: "ignores every condition", breaking: ignoringConditions, reason: /replacements with If-Match/ },
    { name: "checks before it writes, not while", breaking: checkingTooEarly, reason: /replacements with If-Match/ },
    { name: "gives out other ETags than it takes", breaking: changingVersions, reason: /version \(ETag\)/ },
    { name: "ignores the version that a reader knows", breaking: ignoringKnownVersion, reason: /version \(ETag\)/ },
    { name: "lists late", breaking: listingLate, reason: /listing leaves out/ }
  ]

  it.effect.each(broken)("detects a store that $name", ({ breaking, reason }) =>
    Effect.gen(function* () {
      const report = yield* probing(breaking(yield* memoryStore))
      assert.isFalse(report.fit)
      assert.isTrue(
        report.reasons.some((found) => reason.test(found)),
        report.reasons.join("; ")
      )
    })
  )

  it.effect("reports only what is broken", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* probing(listingLate(yield* memoryStore))).reasons.length, 1)
      const report = yield* probing(ignoringIfMatch(yield* memoryStore))
      assert.isTrue(report.createsRaceSafe)
      assert.isTrue(report.listsWhatWasWritten)
    })
  )

  it.effect.each([
    { name: "a lost race with a fault", fault: { failBefore: true } },
    { name: "a won race with a fault", fault: { failAfter: true } }
  ])("judges a store that answers $name by what it stored", ({ fault }) =>
    Effect.gen(function* () {
      const unsure = (breaking: (store: Store) => Store, store: Store) =>
        interposed(breaking(store), injecting(scripted([{ operation: "documents.write", nth: 1, fault }])))
      assert.isTrue((yield* probing(unsure((store) => store, yield* memoryStore))).fit)
      assert.isFalse((yield* probing(unsure(ignoringConditions, yield* memoryStore))).fit)
    })
  )

  it.effect("gives no verdict on a store that takes no write, and says what the store said", () =>
    Effect.gen(function* () {
      const full = interposed(yield* memoryStore, ({ operation, path }, call) =>
        operation === "documents.write"
          ? Effect.fail(
              new StoreUnavailable({ operation, key: path, reason: new ReadOnly({ cause: new Error("ENOSPC") }) })
            )
          : call
      )
      const failed = yield* Effect.flip(probing(full))
      assert.instanceOf(failed, StoreUnavailable)
      assert.strictEqual(failed.reason._tag, "ReadOnly")
    })
  )

  it.effect("finds a store fit that does not delete, says so, and leaves what it wrote there", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const refuse = { refuse: true }
      const keeping = injecting(
        scripted([
          { operation: "delete", fault: refuse },
          { operation: "documents.delete", fault: refuse }
        ])
      )
      const report = yield* probing(interposed(plain, keeping))
      assert.isTrue(report.fit)
      assert.isFalse(report.deletes)
      assert.strictEqual((yield* everything(plain)).repositories.length, 1)
    })
  )

  it.effect("fails on a store that refuses a key that does not exist", () =>
    Effect.gen(function* () {
      const refusing = scripted([{ operation: "documents.read", nth: 1, fault: { refuse: true } }])
      const failed = yield* Effect.flip(probing(interposed(yield* memoryStore, injecting(refusing))))
      assert.isTrue(failed instanceof StoreUnavailable && !failed.isRetryable)
    })
  )

  it.effect("gives no verdict on a store that does not answer, and cleans up", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const away = scripted([{ operation: "documents.read", nth: 2, fault: { failBefore: true } }])
      const failed = yield* Effect.flip(probing(interposed(plain, injecting(away))))
      assert.instanceOf(failed, StoreUnavailable)
      assert.deepStrictEqual(yield* everything(plain), { repositories: [], documents: [] })
    })
  )
})
