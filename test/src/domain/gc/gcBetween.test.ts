/** What happens between two steps of a collection: what is needed by then stays. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { blobOf } from "@musehub/domain/object/Blob"
import { packKey } from "@musehub/domain/invariant/packs/PackReads"
import { Sha256 } from "@musehub/domain/object/Id"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { strikeReplaced } from "@musehub/domain/usecase/packs/strike"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Effect } from "effect"
import { interposed, type Store, type StoreCall } from "../../support/interposedStore.ts"
import { at, clone, newRepository, opened, pushSteps, step } from "../support/hubSamples.ts"
import { assertSound, largeText } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

/** A store at whose first call of some kind something else happens before. */
const beforeFirst = (store: Store, isMeant: (call: StoreCall) => boolean, event: Effect.Effect<unknown>) => {
  let isOver = false
  return interposed(store, (call, effect) => {
    if (isOver || !isMeant(call)) return effect
    isOver = true
    return Effect.andThen(event, effect)
  })
}

const isPackPut = ({ operation, path }: StoreCall): boolean => operation === "put" && path.includes("/packs/")
const isRootWrite = ({ operation, path }: StoreCall): boolean =>
  operation === "documents.write" && path.endsWith("/root")

/** A hub with a commit that nothing leads to any more, which has a large blob. */
const forcedHub = Effect.gen(function* () {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  const base = step("base", { a: "one" })
  const lost = step("lost", { a: "x".repeat(9000), big: largeText }, [base])
  const kept = step("kept", { a: "three" }, [base])
  const onLost = step("on lost", { a: "four" }, [lost])
  return { hub, pass, repository, base, lost, kept, onLost }
})

/** Takes reflog entries for old. */
const forgetful = { isSure: true, retentionMillis: -2 * days }

describe("gc", () => {
  it.live("keeps the large blobs of what a push needs again while it is being dropped", () =>
    Effect.gen(function* () {
      const { base, hub, kept, lost, onLost, pass, repository } = yield* forcedHub
      yield* pushSteps(hub, repository, "main", [base])
      for (const each of [lost, kept]) yield* pushSteps(hub, repository, "main", [each], { force: true })
      yield* pass(15 * days)
      const { kinds, plan } = yield* planned(hub, forgetful)
      assert.deepStrictEqual(kinds, ["blob", "drop"])
      // All was looked at, and the root is about to name the packs without the commit.
      const pushed = Effect.orDie(pushSteps(hub, repository, "revived", [onLost]))
      const store = beforeFirst(hub.store, isRootWrite, pushed)
      const { collected, left } = yield* applied({ index: hub.index, store }, plan)
      assert.deepStrictEqual([collected.dropped, collected.blobs], [0, 0])
      assert.deepStrictEqual(left.map(({ entry }) => entry.kind).toSorted(), ["blob", "drop"])
      yield* assertSound(hub)
      yield* clone(hub, repository, [onLost.commit.id])
    })
  )

  it.effect("drops nothing where packs are merged, and deleted, while they are written again", () =>
    Effect.gen(function* () {
      const { base, hub, kept, lost, pass, repository } = yield* forcedHub
      yield* pushSteps(hub, repository, "main", [base, lost])
      yield* at(hub)(mergePacks(repository.id, 2))
      const later = step("later", { a: "five" }, [kept])
      yield* pushSteps(hub, repository, "main", [kept], { force: true })
      yield* pushSteps(hub, repository, "main", [later])
      yield* pass(15 * days)
      const { plan } = yield* planned(hub, forgetful)
      // All was looked at, and the first pack is written. Those after it go.
      const merging = Effect.gen(function* () {
        const { into, merged } = yield* mergePacks(repository.id, 2)
        assert.isDefined(into)
        const replaced = merged.map(({ sha256 }) => sha256)
        yield* strikeReplaced(repository.id, replaced)
        return replaced
      })
      const store = beforeFirst(hub.store, isPackPut, Effect.orDie(at(hub)(merging)))
      const { collected, left } = yield* applied({ index: hub.index, store }, plan)
      assert.strictEqual(collected.dropped, 0)
      assert.include(
        left.map(({ entry, reason }) => `${entry.kind}: ${reason}`),
        "drop: something needs it again, or another collection is at work"
      )
      yield* assertSound(hub)
      yield* clone(hub, repository, [later.commit.id])
    })
  )

  it.live("does not count what another run of the same plan has dropped", () =>
    Effect.gen(function* () {
      const { base, hub, kept, lost, pass, repository } = yield* forcedHub
      yield* pushSteps(hub, repository, "main", [base])
      for (const each of [lost, kept]) yield* pushSteps(hub, repository, "main", [each], { force: true })
      yield* pass(15 * days)
      const { plan } = yield* planned(hub, forgetful)
      const dropped: Array<number> = []
      const another = Effect.map(applied(hub, plan), ({ collected }) => void dropped.push(collected.dropped))
      const store = beforeFirst(hub.store, isRootWrite, Effect.scoped(Effect.orDie(another)))
      const { collected, left } = yield* applied({ index: hub.index, store }, plan)
      assert.isAbove(elementAt(dropped, 0), 0)
      assert.strictEqual(collected.dropped, 0)
      assert.include(
        left.map(({ entry }) => entry.kind),
        "drop"
      )
      yield* assertSound(hub)
      yield* clone(hub, repository, [kept.commit.id])
    })
  )

  it.effect("does not say of what it has dropped that it is left, when it cannot judge the rest", () =>
    Effect.gen(function* () {
      const { base, hub, kept, lost, pass, repository } = yield* forcedHub
      yield* pushSteps(hub, repository, "main", [base])
      for (const each of [lost, kept]) yield* pushSteps(hub, repository, "main", [each], { force: true })
      yield* pass(15 * days)
      const { kinds, plan } = yield* planned(hub, forgetful)
      assert.deepStrictEqual(kinds, ["blob", "drop"])
      // The root has just named the packs without what was dropped, and they are gone.
      const losing = Effect.gen(function* () {
        const { items } = yield* hub.store.list(repository.id, "pack", { limit: 100 })
        for (const { id } of items) yield* hub.store.delete(packKey(repository.id, Sha256.make(id)))
      })
      const store = interposed(hub.store, (call, effect) =>
        isRootWrite(call) ? Effect.tap(effect, () => Effect.orDie(losing)) : effect
      )
      const { collected, left } = yield* applied({ index: hub.index, store }, plan)
      assert.isAbove(collected.dropped, 0)
      assert.deepStrictEqual(
        left.map(({ entry }) => entry.kind),
        ["blob"]
      )
    })
  )

  it.effect("keeps a large blob that was pushed since the plan, though nothing leads to it again", () =>
    Effect.gen(function* () {
      const { base, hub, kept, lost, onLost, pass, repository } = yield* forcedHub
      yield* pushSteps(hub, repository, "main", [base])
      const content = new TextEncoder().encode(largeText)
      const { id, size } = blobOf(content)
      yield* at(hub)(uploadBlobs(yield* opened(hub, repository), (take) => take({ id, size, content })))
      yield* pass(15 * days)
      const { kinds, plan } = yield* planned(hub, forgetful)
      assert.deepStrictEqual(kinds, ["blob"])
      for (const each of [lost, kept]) {
        const blobs = each.blobs.filter((blob) => blob.id !== id)
        yield* pushSteps(hub, repository, "main", [each], { force: true, blobs })
      }
      const { left } = yield* applied(hub, plan)
      assert.deepStrictEqual(
        left.map(({ entry }) => entry.kind),
        ["blob"]
      )
      yield* assertSound(hub)
      yield* pushSteps(hub, repository, "revived", [onLost])
      yield* clone(hub, repository, [onLost.commit.id])
    })
  )
})
