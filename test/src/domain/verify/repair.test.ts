/** Rows that are wrong are recorded again from the packs, where these are whole; nothing else is touched. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId } from "@musehub/domain/object/Id"
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import { verifyHub } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { Effect } from "effect"
import { assertSameIndex } from "../rebuild/assertSameIndex.ts"
import { ada, at, bob, startHub, type TestHub, textBlob } from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"
import { elementAt } from "@musehub/domain/base/expected"
import { withRowsOf } from "./lyingRows.ts"
import { firstPack, packKey, rootOf } from "./planting.ts"
import { assertSound, grownHub, largeText } from "./verified.ts"

const repaired = Effect.fnUntraced(function* ({ index, store }: Pick<TestHub, "store" | "index">) {
  const findings: Array<Finding> = []
  const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
  const verified = yield* at(yield* startHub({ store, index }))(
    verifyHub({ level: "default", version: "1.2.3", onFinding, repair: {} })
  )
  return { verified, tags: findings.map(({ _tag }) => _tag) }
})

/** An index whose rows are wrong until they are deleted, and how often they were. */
const lyingUntilForgotten = (index: TestHub["index"]) => {
  const state = { forgotten: 0 }
  const lyingRows = withRowsOf(index, (repository, type, page) =>
    Effect.map(index.rows(repository, type, page), (rows) =>
      type === "blob" || state.forgotten > 0
        ? rows
        : { ...rows, items: rows.items.map((row) => ({ ...row, sha256: sha256("other bytes") })) }
    )
  )
  const lying: TestHub["index"] = {
    ...lyingRows,
    forget: (repository) =>
      Effect.andThen(
        Effect.sync(() => (state.forgotten += 1)),
        index.forget(repository)
      )
  }
  return { index: lying, state }
}

describe("verify mends", () => {
  it.effect("rows that differ from the bytes", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const { index, state } = lyingUntilForgotten(hub.index)
      const { tags, verified } = yield* repaired({ store: hub.store, index })
      assert.deepStrictEqual(new Set(tags), new Set(["RowDiffers"] as const))
      assert.deepStrictEqual([verified.faults, verified.mended, state.forgotten], [0, tags.length, 1])
      yield* assertSound({ store: hub.store, index })
      const fresh = yield* startHub({ store: hub.store })
      yield* at(fresh)(rebuildIndex())
      yield* assertSameIndex(fresh, { store: hub.store, index }, [repository], [ada, bob])
    })
  )

  it.effect("rows of a pack that could not be read when the others were recorded", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { hub } = grown
      const key = packKey(grown, elementAt((yield* rootOf(grown)).packs, 1))
      const bytes = yield* hub.store.get(key)
      yield* hub.store.delete(key)
      const index = yield* memoryIndex
      yield* at(yield* startHub({ store: hub.store, index }))(rebuildIndex())
      yield* hub.store.put(grown.repository.id, { type: "pack", id: key.id, content: bytes } as never)
      const { tags, verified } = yield* repaired({ store: hub.store, index })
      assert.include(tags, "PackUnrecorded")
      assert.strictEqual(verified.faults, 0)
      assert.isAbove(verified.mended, 0)
      yield* assertSound({ store: hub.store, index })
    })
  )

  it.effect("an index that lacks a repository", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      const index = yield* memoryIndex
      const { tags } = yield* repaired({ store: hub.store, index })
      assert.deepStrictEqual(tags, ["RepositoryUnindexed"])
      assert.deepStrictEqual((yield* repaired({ store: hub.store, index })).tags, [])
    })
  )

  it.effect("no rows of a repository whose store has faults", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { hub, repository } = grown
      yield* hub.store.delete({ repository: repository.id, type: "blob", id: BlobId.make(textBlob(largeText).id) })
      yield* hub.store.delete(packKey(grown, yield* firstPack(grown)))
      const { index, state } = lyingUntilForgotten(hub.index)
      const { verified } = yield* repaired({ store: hub.store, index })
      assert.isAbove(verified.faults, 0)
      assert.deepStrictEqual([verified.mended, state.forgotten], [0, 0])
    })
  )
})
