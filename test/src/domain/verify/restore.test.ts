/** What is lost in the store comes back from a backup whose bytes have the right hash, and nothing else does. */
import { damage } from "../support/losses.ts"
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { BlobId, type Sha256 } from "@musehub/domain/object/Id"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { everyItem } from "@musehub/domain/port/Page"
import type { RecordKind } from "@musehub/domain/port/StoreKey"
import { isLeaf } from "@musehub/domain/repository/refs/RefNode"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import type { Finding, FindingTag } from "@musehub/domain/usecase/operations/verify/Finding"
import { verifyHub } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { Effect, Result, type Scope, Stream } from "effect"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { at, opened, startHub, type TestHub, textBlob } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"
import { firstPack, packKey, rootOf } from "./planting.ts"
import { assertSound, bytesOf, type Grown, grownHub, junk, largeText, rewrite } from "./verified.ts"

const recordKinds: ReadonlyArray<RecordKind> = ["catalog", "refs", "tag", "release"]

/** Copies what a repository stores under hashes into a store of its own. */
const backupOf = Effect.fnUntraced(function* ({ hub, repository: { id: repository } }: Grown) {
  const backup = yield* memoryStore
  for (const type of ["pack", "blob"] as const) {
    const keys = everyItem(100, (page) => hub.store.list(repository, type, page))
    yield* Stream.runForEach(keys, ({ id }) =>
      Effect.flatMap(hub.store.get({ repository, type, id: id as BlobId & Sha256 }), (content) =>
        backup.put(repository, { type, id, size: content.byteLength, content, sha256: id } as never)
      )
    )
  }
  for (const kind of recordKinds) {
    const names = everyItem(100, (page) => hub.store.documents.list({ kind, repository }, page))
    yield* Stream.runForEach(names, (name) => {
      const key = { kind, repository, sha256: name as Sha256 } as const
      return Effect.flatMap(bytesOf(hub, key), (bytes) => rewrite({ store: backup }, key, bytes))
    })
  }
  return backup
})

const restored = Effect.fnUntraced(function* ({ hub: { index, store } }: Grown, backup: Store) {
  const findings: Array<Finding> = []
  const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
  const verified = yield* at(yield* startHub({ store, index }))(
    verifyHub({ level: "deep", version: "1.2.3", onFinding, repair: { backup } })
  )
  return { verified, tags: new Set(findings.filter(({ severity }) => severity === "fault").map(({ _tag }) => _tag)) }
})

const largeKey = ({ repository }: Grown) =>
  ({ repository: repository.id, type: "blob", id: BlobId.make(textBlob(largeText).id) }) as const

interface Loss {
  readonly name: string
  readonly tag: FindingTag
  readonly lose: (grown: Grown) => Effect.Effect<unknown, { readonly _tag: string }, Scope.Scope>
  /** Loses the same in the backup. */
  readonly loseIn: (grown: Grown, store: Store) => Effect.Effect<unknown, { readonly _tag: string }>
}

const packOf = (grown: Grown) => Effect.map(firstPack(grown), (pack) => packKey(grown, pack))

/** The key of the record of the only tag. */
const tagRecord = Effect.fnUntraced(function* ({ hub, repository: { id: repository } }: Grown) {
  const { items } = yield* hub.store.documents.list({ kind: "tag", repository }, { limit: 1 })
  return { kind: "tag", repository, sha256: elementAt(items, 0) as Sha256 } as const
})

/** The key of a chunk of branches. */
const chunkKey = Effect.fnUntraced(function* (grown: Grown) {
  const { heads } = yield* rootOf(grown)
  assert(!isLeaf(heads.top), "the branches are in chunks")
  return { kind: "refs", repository: grown.repository.id, sha256: elementAt(heads.top.chunks, 0).sha256 } as const
})

const losses: ReadonlyArray<Loss> = [
  {
    name: "a pack that is gone",
    tag: "PackMissing",
    lose: (grown) => Effect.flatMap(packOf(grown), grown.hub.store.delete),
    loseIn: (grown, store) => Effect.flatMap(packOf(grown), store.delete)
  },
  {
    name: "a pack with another byte",
    tag: "BlockDamaged",
    lose: (grown) => Effect.flatMap(packOf(grown), (key) => damage(grown.hub.store, key)),
    loseIn: (grown, store) => Effect.flatMap(packOf(grown), (key) => damage(store, key))
  },
  {
    name: "a large blob that is gone",
    tag: "LargeBlobMissing",
    lose: (grown) => grown.hub.store.delete(largeKey(grown)),
    loseIn: (grown, store) => store.delete(largeKey(grown))
  },
  {
    name: "a large blob with another byte",
    tag: "LargeBlobDamaged",
    lose: (grown) => damage(grown.hub.store, largeKey(grown)),
    loseIn: (grown, store) => damage(store, largeKey(grown))
  },
  {
    name: "the record of a tag",
    tag: "RecordDamaged",
    lose: (grown) => Effect.flatMap(tagRecord(grown), (key) => rewrite(grown.hub, key, junk)),
    loseIn: (grown, store) => Effect.flatMap(tagRecord(grown), (key) => rewrite({ store }, key, junk))
  },
  {
    name: "a chunk of branches",
    tag: "RefsDamaged",
    lose: (grown) => Effect.flatMap(chunkKey(grown), grown.hub.store.documents.delete),
    loseIn: (grown, store) => Effect.flatMap(chunkKey(grown), store.documents.delete)
  }
]

/** A hub with one of everything, and branches enough for chunks. */
const stage = Effect.gen(function* () {
  const grown = yield* grownHub
  const { first, hub, repository } = grown
  for (let number = 0; number < 100; number += 1) {
    const name = `branch-${number}`
    yield* at(hub)(createBranch(yield* opened(hub, repository), { name, from: first.commit.id }))
  }
  return { grown, backup: yield* backupOf(grown) }
})

/** The keys of everything that a repository stores under hashes. */
const stored = Effect.fnUntraced(function* ({ repository: { id } }: Grown, { documents, list }: TestHub["store"]) {
  const packs = yield* list(id, "pack", { limit: 1000 })
  const blobs = yield* list(id, "blob", { limit: 1000 })
  const records = yield* Effect.forEach(recordKinds, (kind) =>
    documents.list({ kind, repository: id }, { limit: 1000 })
  )
  return [...packs.items, ...blobs.items].map((head) => head.id).concat(records.flatMap(({ items }) => items))
})

describe("verify --repair restores from a backup", () => {
  for (const { lose, loseIn, name, tag } of losses) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { backup, grown } = yield* stage
        yield* lose(grown)
        const { tags, verified } = yield* restored(grown, backup)
        assert.include([...tags], tag)
        assert.deepStrictEqual([verified.faults, verified.mended > 0], [0, true])
        yield* assertSound(grown.hub)
      })
    )

    it.effect(`${name}, unless it is lost there as well: it stays a fault, and nothing is written`, () =>
      Effect.gen(function* () {
        const { backup, grown } = yield* stage
        yield* loseIn(grown, backup)
        yield* lose(grown)
        const before = yield* stored(grown, grown.hub.store)
        const { tags, verified } = yield* restored(grown, backup)
        assert.include([...tags], tag)
        assert.isAbove(verified.faults, 0)
        assert.strictEqual(verified.mended, 0)
        assert.deepStrictEqual(yield* stored(grown, grown.hub.store), before)
      })
    )
  }

  it.effect("and records rows again that the index had lost with it", () =>
    Effect.gen(function* () {
      const { backup, grown } = yield* stage
      yield* grown.hub.index.forget(grown.repository.id)
      yield* elementAt(losses, 0).lose(grown)
      const { verified } = yield* restored(grown, backup)
      assert.strictEqual(verified.faults, 0)
      yield* assertSound(grown.hub)
    })
  )

  it.effect("what only packs tell that were lost too, and that the index does not know", () =>
    Effect.gen(function* () {
      const { backup, grown } = yield* stage
      const { index, store } = grown.hub
      const before = yield* stored(grown, store)
      for (const { id } of (yield* store.list(grown.repository.id, "pack", { limit: 1000 })).items) {
        yield* store.delete({ repository: grown.repository.id, type: "pack", id: id as Sha256 })
      }
      yield* store.delete(largeKey(grown))
      yield* index.forget(grown.repository.id)
      const { verified } = yield* restored(grown, backup)
      assert.strictEqual(verified.faults, 0)
      assert.deepStrictEqual(yield* stored(grown, store), before)
      yield* assertSound(grown.hub)
    })
  )

  for (const { lose, name } of losses) {
    it.effect(`and fails where the backup does not answer: ${name}`, () =>
      Effect.gen(function* () {
        const { backup, grown } = yield* stage
        yield* lose(grown)
        const away = interposed(backup, ({ operation, path }) =>
          Effect.fail(new StoreUnavailable({ operation, key: path, reason: new Fault({ cause: new Error("away") }) }))
        )
        const failed = yield* Effect.result(restored(grown, away))
        assert(Result.isFailure(failed) && failed.failure._tag === "StoreUnavailable")
        assert.include(failed.failure.message, "of the backup")
      })
    )
  }
})
