/** What garbage collection refuses, by name. Nothing is deleted then. */
import { assert, describe, it } from "@effect/vitest"
import { probeCodec } from "@musehub/domain/hub/codecs"
import { HubId } from "@musehub/domain/hub/HubIdentity"
import { blobOf } from "@musehub/domain/object/Blob"
import type { ProbeReport } from "@musehub/domain/hub/ProbeReport"
import { DocumentName } from "@musehub/domain/repository/Names"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { push } from "@musehub/domain/usecase/push/push"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Roots } from "@musehub/domain/invariant/Roots"
import { Effect, Result } from "effect"
import { expected } from "@musehub/domain/base/expected"
import {
  at,
  clone,
  newRepository,
  opened,
  openedPacks,
  pushSteps,
  startHub,
  step,
  storedIds,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryIndex, packsOver } from "../support/rootSamples.ts"
import { assertSound, bytesOf, largeText, rewrite } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

const rootKey = (repository: { readonly id: string }) => ({ kind: "root", repository: repository.id }) as never
const latestProbe = { kind: "hub", collection: "probe", name: DocumentName.make("latest") } as const

/** A hub with a pack and a large blob that belong to nothing since long ago, and a plan to delete them. */
const untidyHub = Effect.gen(function* () {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  const first = step("first", { a: "one", big: `${largeText}${largeText}` })
  yield* pushSteps(hub, repository, "main", [first])
  const ahead = step("ahead", { a: "sent ahead", big: `${largeText} sent ahead` }, [first])
  const open = yield* opened(hub, repository)
  yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(ahead.blobs, take, { discard: true })))
  yield* pass(15 * days)
  const { kinds, plan } = yield* planned(hub, { isSure: true })
  assert.deepStrictEqual(kinds, ["blob", "pack"])
  return { hub, pass, repository, first, ahead, plan }
})

type Untidy = Effect.Success<typeof untidyHub>

/** Says by which name a hub refuses to plan, and to apply a plan or what it lists; it must be one name. */
const refusalOf = Effect.fnUntraced(function* (
  hub: Pick<TestHub, "index" | "store">,
  { plan, repository }: Pick<Untidy, "plan" | "repository">
) {
  const before = yield* storedIds(hub.store, repository.id)
  const made = yield* Effect.flip(planned(hub, { isSure: true }))
  const done = yield* Effect.result(applied(hub, plan))
  assert(made._tag === "CollectionRefused", made._tag)
  const why = Result.isFailure(done) ? [done.failure.message] : done.success.left.map(({ reason }) => reason)
  assert.isNotEmpty(why)
  for (const reason of why) assert.isTrue(reason.startsWith(`${made.name}: `), reason)
  for (const text of [made.what, made.remedy]) assert.isNotEmpty(text)
  assert.deepStrictEqual(yield* storedIds(hub.store, repository.id), before, "nothing was deleted")
  return made.name
})

describe("gc refuses", () => {
  it.effect("a store that was not probed, that does not decide races, or that does not delete", () =>
    Effect.gen(function* () {
      const untidy = yield* untidyHub
      const { hub } = untidy
      yield* hub.store.documents.delete(latestProbe)
      assert.strictEqual(yield* refusalOf(hub, untidy), "ProbeMissing")
      const report = yield* at(hub)(probe())
      for (const part of [{ deletes: false }, { fit: false, reasons: ["two writers won"] }]) {
        const unfit: ProbeReport = { ...report, ...part }
        yield* rewrite(hub, latestProbe, probeCodec.encode(unfit))
        assert.strictEqual(yield* refusalOf(hub, untidy), "ProbeFailed")
      }
    })
  )

  it.live("beside an empty database, one of a rebuild that was stopped, and an older one", () =>
    Effect.gen(function* () {
      const untidy = yield* untidyHub
      const { first, hub, repository } = untidy
      const { store } = hub
      const empty = yield* memoryIndex
      assert.strictEqual(yield* refusalOf({ store, index: empty }, untidy), "IndexEmpty")
      // A rebuild lists all repositories first.
      const root = yield* at(hub)(Effect.flatMap(Roots, (roots) => roots.read(repository.id)))
      yield* empty.enlist(root)
      assert.strictEqual(yield* refusalOf({ store, index: empty }, untidy), "IndexIncomplete")
      // Another repository is all that it came to.
      const partly = yield* startHub({ store })
      yield* newRepository(partly, "other")
      assert.strictEqual(yield* refusalOf(partly, untidy), "IndexIncomplete")
      const old = yield* startHub({ store })
      yield* at(old)(rebuildIndex())
      yield* pushSteps(hub, repository, "main", [step("second", { a: "two" }, [first])])
      assert.strictEqual(yield* refusalOf(old, untidy), "IndexBehind")
    })
  )

  it.live("a store that was restored from an older copy than the database", () =>
    Effect.gen(function* () {
      const untidy = yield* untidyHub
      const { first, hub, repository } = untidy
      const old = yield* bytesOf(hub, rootKey(repository))
      yield* pushSteps(hub, repository, "main", [step("second", { a: "two" }, [first])])
      yield* rewrite(hub, rootKey(repository), old)
      assert.strictEqual(yield* refusalOf(hub, untidy), "IndexAstray")
    })
  )

  it.live("a database that was rebuilt without a pack that could not be read then", () =>
    Effect.gen(function* () {
      const untidy = yield* untidyHub
      const { first, hub, repository } = untidy
      yield* pushSteps(hub, repository, "side", [step("second", { a: "two" }, [first])])
      const packs = yield* openedPacks(yield* packsOver(hub.store), hub.store, repository.id)
      const { ref } = expected(packs.at(-1), "the last pack")
      const key = { repository: repository.id, type: "pack", id: ref.sha256 } as const
      const bytes = yield* hub.store.get(key)
      yield* hub.store.delete(key)
      const rebuilt = yield* startHub({ store: hub.store })
      yield* at(rebuilt)(rebuildIndex())
      yield* hub.store.put(repository.id, { type: "pack", id: ref.sha256, size: ref.size, content: bytes } as never)
      assert.strictEqual(yield* refusalOf(rebuilt, untidy), "IndexIncomplete")
    })
  )

  it.effect("a repository that is damaged, and one of which too much would go, and plans the others", () =>
    Effect.gen(function* () {
      const { ahead, hub, plan, repository } = yield* untidyHub
      const other = yield* newRepository(hub, "other")
      yield* pushSteps(hub, other, "main", [step("small", { a: "small" })])
      const open = yield* opened(hub, other)
      yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(ahead.blobs, take, { discard: true })))
      const most = yield* planned(hub, { graceMillis: 0 })
      assert.deepStrictEqual(most.refusals, ["ShareImplausible"])
      assert.isTrue(most.plan.entries.every((entry) => "repository" in entry && entry.repository === repository.id))
      // Whoever is sure makes such a plan, and has to say so again.
      const sure = yield* planned(hub, { graceMillis: 0, isSure: true })
      const { collected, left } = yield* applied(hub, sure.plan, false)
      assert.deepStrictEqual([collected.packs, collected.blobs], [1, 1], "of the first repository alone")
      assert.isTrue(left.every(({ reason }) => reason.startsWith("ShareImplausible: ")))
      const [named] = yield* openedPacks(yield* packsOver(hub.store), hub.store, repository.id)
      const { ref } = expected(named, "a pack")
      yield* hub.store.delete({ repository: repository.id, type: "pack", id: ref.sha256 })
      assert.deepStrictEqual((yield* planned(hub, { isSure: true })).refusals, ["RepositoryDamaged"])
      const damaged = yield* applied(hub, plan)
      assert.deepStrictEqual([damaged.collected.packs, damaged.collected.blobs], [0, 0])
      assert.isTrue(damaged.left.every(({ reason }) => reason.startsWith("RepositoryDamaged: ")))
    })
  )

  it.effect("a plan of another hub, and leaves what has changed since the plan", () =>
    Effect.gen(function* () {
      const { ahead, hub, plan, repository } = yield* untidyHub
      const foreign = { ...plan, hub: HubId.make("00000000-0000-4000-8000-000000000001") }
      const refused = yield* Effect.flip(applied(hub, foreign))
      assert(refused._tag === "CollectionRefused")
      assert.strictEqual(refused.name, "PlanForeign")
      const made = blobOf(new TextEncoder().encode("no such blob"))
      const invented = {
        ...plan,
        entries: [{ kind: "blob", repository: repository.id, id: made.id, size: 1 }] as const
      }
      assert.strictEqual((yield* applied(hub, invented)).left.length, 1)
      const { commit, snapshot } = ahead
      const bundle = { branch: "main", force: false, commits: [commit.record], snapshots: [snapshot] }
      yield* at(hub)(push(yield* opened(hub, repository), bundle))
      const { collected, left } = yield* applied(hub, plan)
      assert.deepStrictEqual([collected.packs, collected.blobs, left.length], [0, 0, 2])
      yield* clone(hub, repository, [commit.id])
      yield* assertSound(hub)
    })
  )
})
