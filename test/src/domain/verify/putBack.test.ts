/** Objects that a repository lost come back from where they are held as well, if their bytes prove themselves. */
import { assert, describe, it } from "@effect/vitest"
import { Packs } from "@musehub/domain/invariant/packs/Packs"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type Sha256, type SnapshotId } from "@musehub/domain/object/Id"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import type { ObjectSource } from "@musehub/domain/usecase/operations/verify/lost/ObjectSource"
import { verifyHub, type VerifyOptions } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { Effect, Result } from "effect"
import { interposed } from "../../support/interposedStore.ts"
import {
  at,
  newRepository,
  pushSteps,
  rowsOf,
  startHub,
  step,
  type Step,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"
import { copyStore, damage } from "../support/losses.ts"
import { withRowsOf } from "./lyingRows.ts"
import { firstPack, namePack, objectsOf, packKey, rootOf } from "./planting.ts"
import { assertSound, findingsOf, type Grown, grownHub, largeText } from "./verified.ts"

const repaired = Effect.fnUntraced(function* (
  { index, store }: Pick<TestHub, "index" | "store">,
  repair: NonNullable<VerifyOptions["repair"]> = {}
) {
  const findings: Array<Finding> = []
  const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
  const verified = yield* at(yield* startHub({ store, index }))(
    verifyHub({ level: "deep", version: "1.2.3", onFinding, repair })
  )
  return { verified, tags: new Set(findings.filter(({ severity }) => severity === "fault").map(({ _tag }) => _tag)) }
})

/** Pushes the same history to another repository of the hub. */
const copied = Effect.fnUntraced(function* ({ first, hub, second, verse }: Grown) {
  const copy = yield* newRepository(hub, "copy")
  yield* pushSteps(hub, copy, "main", [first, second])
  yield* pushSteps(hub, copy, "verse", [verse])
})

const packOf = (grown: Grown) => Effect.map(firstPack(grown), (pack) => packKey(grown, pack))

/** Loses the packs with the commit, the snapshot and the blobs of a push, and returns their names. */
const lose = Effect.fnUntraced(function* (grown: Grown, pushed: Step) {
  const { hub, repository } = grown
  const { open } = yield* at(hub)(Packs)
  const ids = new Set<string>([...pushed.blobs, pushed.snapshot, pushed.commit].map(({ id }) => id))
  const lost: Array<Sha256> = []
  for (const ref of (yield* rootOf(grown)).packs) {
    const { directory } = yield* open(repository.id, ref)
    const isOf = directory[Symbol.iterator]().some(({ id }) => ids.has(id))
    if (!isOf) continue
    yield* hub.store.delete(packKey(grown, ref))
    lost.push(ref.sha256)
  }
  assert.isAbove(lost.length, 1)
  return lost
})

const namesOf = (grown: Grown) => Effect.map(rootOf(grown), ({ packs }) => packs.map((pack) => pack.sha256))

const largeKey = ({ repository }: Grown) =>
  ({ repository: repository.id, type: "blob", id: BlobId.make(textBlob(largeText).id) }) as const

/** The commit, snapshot or blobs of the first push, as a clone has them. */
const objectsOfFirst = ({ first }: Grown) => {
  const { blobs, commit, snapshot } = objectsOf(first)
  return [...blobs, snapshot, commit]
}

/** A place that has these objects, whatever is wanted. */
const sourceOf = (objects: ReadonlyArray<unknown>): ObjectSource => ({
  give: (_, take) => Effect.forEach(objects, (object) => take(object as never), { discard: true })
})

const assertMended = Effect.fnUntraced(function* (grown: Grown, verified: { faults: number; mended: number }) {
  assert.deepStrictEqual([verified.faults, verified.mended > 0], [0, true])
  yield* assertSound(grown.hub)
})

describe("verify --repair puts objects back", () => {
  it.effect("of packs that are gone, from another repository of the hub, and the root names these no more", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* copied(grown)
      const ids = Effect.map(rowsOf(grown.hub.index, grown.repository.id), ({ blob, commit, snapshot }) =>
        [...blob, ...commit, ...snapshot].map(({ id }) => id)
      )
      const before = yield* ids
      const lost = yield* lose(grown, grown.first)
      const { tags, verified } = yield* repaired(grown.hub)
      assert.include([...tags], "PackMissing")
      yield* assertMended(grown, verified)
      const names = yield* namesOf(grown)
      assert.isEmpty(lost.filter((pack) => names.includes(pack)))
      assert.deepStrictEqual(yield* ids, before)
    })
  )

  it.effect("of a damaged block, from another repository of the hub", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* copied(grown)
      yield* Effect.flatMap(packOf(grown), (key) => damage(grown.hub.store, key))
      const { tags, verified } = yield* repaired(grown.hub)
      assert.include([...tags], "BlockDamaged")
      yield* assertMended(grown, verified)
    })
  )

  it.effect("that are large, from another repository of the hub", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* copied(grown)
      yield* damage(grown.hub.store, largeKey(grown))
      const { tags, verified } = yield* repaired(grown.hub)
      assert.include([...tags], "LargeBlobDamaged")
      yield* assertMended(grown, verified)
    })
  )

  it.effect("of packs that are gone, from a clone", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* lose(grown, grown.first)
      const { verified } = yield* repaired(grown.hub, { clone: sourceOf(objectsOfFirst(grown)) })
      yield* assertMended(grown, verified)
    })
  )

  it.effect("one after another, where no row tells of them: what else their packs held is not known", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      yield* copied(grown)
      const lost = yield* lose(grown, grown.first)
      yield* grown.hub.index.forget(grown.repository.id)
      yield* repaired(grown.hub)
      const { faults } = yield* findingsOf(grown.hub, "deep")
      assert.includeMembers(yield* namesOf(grown), lost)
      assert.deepStrictEqual(new Set(faults.map(({ _tag }) => _tag)), new Set(["PackMissing"]))
    })
  )

  it.effect("of a pack that is gone, from a backup whose packs were merged since", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const backup = yield* startHub({ store: yield* copyStore(grown.hub.store, grown.repository) })
      yield* at(backup)(mergePacks(grown.repository.id, 2))
      const key = yield* packOf(grown)
      yield* backup.store.delete(key)
      yield* grown.hub.store.delete(key)
      const { verified } = yield* repaired(grown.hub, { backup: backup.store })
      yield* assertMended(grown, verified)
    })
  )

  it.effect("of snapshots, from the manifests that the index keeps, if they give the bytes that a row says", () =>
    Effect.gen(function* () {
      for (const isKept of [true, false]) {
        const grown = yield* grownHub
        const { hub, repository, second } = grown
        yield* lose(grown, second)
        const { blobs, commit, snapshot } = objectsOf(second)
        const kept = yield* hub.index.manifests(repository.id, [snapshot.id as SnapshotId])
        assert.strictEqual(kept.size, 1)
        const index: TestHub["index"] = isKept
          ? hub.index
          : withRowsOf(hub.index, (id, type, page) =>
              Effect.map(hub.index.rows(id, type, page), (rows) => ({
                ...rows,
                items: rows.items.map((row) =>
                  row.id === snapshot.id ? { ...row, sha256: sha256("another form") } : row
                )
              }))
            )
        yield* repaired({ store: hub.store, index }, { clone: sourceOf([...blobs, commit]) })
        const { faults } = yield* findingsOf(hub, "deep")
        const isMissing = faults.some(({ _tag }) => _tag === "SnapshotMissing")
        assert.strictEqual(isMissing, !isKept)
        if (isKept) assert.deepStrictEqual(faults, [])
      }
    })
  )

  it.effect("but none whose bytes are not those that a row says, and keeps the rows", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { hub, repository } = grown
      yield* lose(grown, grown.first)
      const other = sha256("other bytes")
      const index = withRowsOf(hub.index, (id, type, page) =>
        Effect.map(hub.index.rows(id, type, page), (rows) =>
          type !== "commit" ? rows : { ...rows, items: rows.items.map((row) => ({ ...row, sha256: other })) }
        )
      )
      const before = yield* rootOf(grown)
      yield* repaired({ store: hub.store, index }, { clone: sourceOf([objectsOf(grown.first).commit]) })
      assert.deepStrictEqual(yield* rootOf(grown), before)
      assert.isNotEmpty(yield* rowsOf(hub.index, repository.id))
    })
  )

  it.effect("and fails where the backup does not answer, though no key of it was lost", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { commit } = objectsOf(step("elsewhere", { z: "z" }))
      yield* namePack(grown, [commit])
      const away = interposed(grown.hub.store, ({ operation, path }) =>
        Effect.fail(new StoreUnavailable({ operation, key: path, reason: new Fault({ cause: new Error("away") }) }))
      )
      const failed = yield* Effect.result(repaired(grown.hub, { backup: away }))
      assert(Result.isFailure(failed) && failed.failure._tag === "StoreUnavailable")
      assert.include(failed.failure.message, "of the backup")
    })
  )

  const stops: { readonly [what: string]: (grown: Grown) => Effect.Effect<unknown, { readonly _tag: string }> } = {
    "packs that are gone": (grown) => lose(grown, grown.first),
    "a damaged block": (grown) => Effect.flatMap(packOf(grown), (key) => damage(grown.hub.store, key))
  }
  for (const [what, plant] of Object.entries(stops)) {
    it.live(`of ${what}, also after a run that ended at any of its writes`, () =>
      Effect.gen(function* () {
        for (let writes = 0; ; writes += 1) {
          const grown = yield* grownHub
          const { index, store } = grown.hub
          yield* copied(grown)
          yield* plant(grown)
          let left = writes
          const ending = interposed(store, ({ operation, path }, call) => {
            if (operation !== "put" && operation !== "documents.write") return call
            left -= 1
            return left >= 0
              ? call
              : Effect.fail(
                  new StoreUnavailable({ operation, key: path, reason: new Fault({ cause: new Error("ended") }) })
                )
          })
          const first = yield* Effect.result(repaired({ index, store: ending }))
          if (Result.isSuccess(first) && left >= 0) return assert.isAbove(writes, 2)
          const { verified } = yield* repaired(grown.hub)
          assert.strictEqual(verified.faults, 0, `after ${writes} writes`)
          yield* assertSound(grown.hub)
        }
      })
    )
  }

  it.effect("as far as they are found: what is left stays a fault, with its pack", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { hub } = grown
      const lost = yield* lose(grown, grown.first)
      const { commit, snapshot } = objectsOf(grown.first)
      const { verified } = yield* repaired(hub, { clone: sourceOf([commit, snapshot]) })
      assert.isAbove(verified.faults, 0)
      const { faults } = yield* findingsOf(hub, "deep")
      const tags = faults.map(({ _tag }) => _tag)
      assert.includeMembers(tags, ["PackMissing", "BlobMissing"])
      for (const mended of ["ParentMissing", "SnapshotMissing"] as const) assert.notInclude(tags, mended)
      assert.includeMembers(yield* namesOf(grown), lost)
    })
  )
})
