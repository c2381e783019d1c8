import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import type { Sha256 } from "../../object/Id.ts"
import { expected } from "../../base/expected.ts"
import { type ReadChunk, RefList } from "./RefList.ts"
import { bytesOf, isLeaf, refKind, type RefNode } from "./RefNode.ts"
import { chunkBytesMax, settleRefs } from "./settleRefs.ts"

const kind = refKind("refs of a test", 4096, Schema.String, Schema.String)
type Node = RefNode<string, string>

/** Chunks as a store keeps them. */
class Chunks {
  readonly stored = new Map<Sha256, Node>()
  reads = 0

  readonly read: ReadChunk<string, string, never, never> = (chunk) =>
    Effect.sync(() => {
      this.reads++
      return expected(this.stored.get(chunk.sha256), `chunk ${chunk.sha256}`)
    })

  readonly settle = Effect.fnUntraced(function* (this: Chunks, list: RefList<string, string>) {
    const settled = yield* settleRefs(list, this.read)
    for (const [sha256, { bytes }] of settled.chunks) {
      const node = yield* Effect.fromResult(kind.codec.decode(bytes))
      this.stored.set(sha256, node)
    }
    return settled
  })

  /** Lists the nodes of a list, its top first, and checks the sums and first keys that name each. */
  nodesOf(node: Node): ReadonlyArray<Node> {
    if (isLeaf(node)) return [node]
    return [
      node,
      ...node.chunks.flatMap((chunk) => {
        const child = expected(this.stored.get(chunk.sha256), `chunk ${chunk.sha256}`)
        const { bytes, count } = RefList.stored(kind, child)
        assert.deepStrictEqual([chunk.count, chunk.bytes], [count, bytes])
        assert.strictEqual(chunk.first, isLeaf(child) ? child.entries[0]?.[0] : child.chunks[0]?.first)
        return this.nodesOf(child)
      })
    ]
  }
}

const sizeOf = (node: Node) =>
  isLeaf(node)
    ? node.entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
    : node.chunks.reduce((sum, chunk) => sum + bytesOf(chunk), 0)

const entriesOf = (list: RefList<string, string>, { read }: Chunks, from = "") =>
  Stream.runCollect(Stream.flattenIterable(list.from(from, read)))

const sorted = (entries: Iterable<readonly [string, string]>) => [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))

const entry = (place: number) => [`ref-${String(place).padStart(6, "0")}`, `value ${place}`] as const

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Rounds of edits between which chunks are written: each sets or deletes a run of names. */
const Plan = Schema.Struct({
  rounds: Schema.Array(
    Schema.Array(
      Schema.Struct({
        start: between(0, 600),
        count: between(0, 400),
        step: between(1, 7),
        value: Schema.NullOr(between(0, 3))
      })
    ).check(Schema.isMaxLength(4))
  ).check(Schema.isMaxLength(8))
})

/** Names in an order that is not that of the places; some are long, and some are beyond the characters of one unit. */
const nameAt = (place: number) => {
  const name = `${String(place).split("").toReversed().join("/")}${["", "\u{1f600}", "\uffff"][place % 3]}`
  return place % 50 === 0 ? name + "\u0001".repeat(250) : name
}

describe("a list of refs", () => {
  it.effect.prop(
    "is a sorted map, whatever is set and deleted, before its chunks are written and after",
    { plan: Plan },
    Effect.fnUntraced(function* ({ plan }) {
      const chunks = new Chunks()
      const model = new Map<string, string>()
      let list: RefList<string, string> = RefList.of(kind, [])
      for (const round of plan.rounds) {
        const edits = new Map<string, string | undefined>()
        for (const { count, start, step, value } of round) {
          for (let place = start; place < start + count; place += step) {
            edits.set(nameAt(place), value === null ? undefined : "x".repeat(value))
          }
        }
        for (const [key, value] of edits) {
          if (value === undefined) model.delete(key)
          else model.set(key, value)
        }
        const all = sorted(model)
        const after = yield* list.with([...edits], chunks.read)
        const settled = yield* chunks.settle(after)
        const [some = "5"] = edits.keys()
        for (const state of [after, settled.list]) {
          assert.deepStrictEqual(yield* entriesOf(state, chunks), all)
          assert.deepStrictEqual(
            yield* entriesOf(state, chunks, some),
            all.filter(([key]) => key >= some)
          )
          assert.strictEqual(state.count, all.length)
          assert.strictEqual(
            state.bytes,
            all.reduce((sum, each) => sum + bytesOf(each), 0)
          )
          for (const key of edits.keys()) assert.strictEqual(yield* state.find(key, chunks.read), model.get(key))
        }
        list = settled.list
        const [top, ...below] = chunks.nodesOf(list.top)
        assert.isAtMost(sizeOf(expected(top, "the top")), kind.inlineBytesMax)
        for (const node of below) assert.isAtMost(sizeOf(node), chunkBytesMax)
        assert.strictEqual(isLeaf(list.top), list.bytes <= kind.inlineBytesMax)
      }
    }),
    { arbitrary: { runs: 50 } }
  )

  it.effect("of 100,000 rewrites one path when one of them moves, and shares the rest with the state before", () =>
    Effect.gen(function* () {
      const chunks = new Chunks()
      const many = Array.from({ length: 100_000 }, (_, place) => entry(place))
      const { list } = yield* chunks.settle(RefList.of(kind, many))
      assert.isAtMost(sizeOf(list.top), kind.inlineBytesMax)
      chunks.reads = 0
      const moved = yield* chunks.settle(yield* list.with([["ref-050000", "moved"]], chunks.read))
      assert.isAtMost(moved.chunks.size, 3)
      assert.isAtMost(chunks.reads, 6)
      assert.strictEqual(yield* moved.list.find("ref-050000", chunks.read), "moved")
      assert.strictEqual(yield* list.find("ref-050000", chunks.read), "value 50000")
      const before = new Set(chunks.nodesOf(list.top))
      const fresh = chunks.nodesOf(moved.list.top).filter((node) => !before.has(node))
      assert.lengthOf(fresh, moved.chunks.size + 1)
    })
  )

  it.effect("is walked in the same arrays each time, apart from the leaf in which the walk begins", () =>
    Effect.gen(function* () {
      const chunks = new Chunks()
      const { list } = yield* chunks.settle(
        RefList.of(
          kind,
          Array.from({ length: 3000 }, (_, place) => entry(place))
        )
      )
      const whole = yield* Stream.runCollect(list.from("", chunks.read))
      assert.isAbove(whole.length, 5)
      const again = yield* Stream.runCollect(list.from("", chunks.read))
      for (const [position, part] of whole.entries()) assert.strictEqual(again[position], part)
      const [start] = expected(whole[2]?.[1], "an entry")
      const rest = yield* Stream.runCollect(list.from(start, chunks.read))
      assert.deepStrictEqual(rest[0], whole[2]?.slice(1))
      for (const [position, part] of rest.entries()) if (position > 0) assert.strictEqual(part, whole[position + 2])
    })
  )

  it.effect("becomes short again when most of it is deleted, and stands in the root as if it had never been long", () =>
    Effect.gen(function* () {
      const chunks = new Chunks()
      const many = Array.from({ length: 2000 }, (_, place) => entry(place))
      let { list } = yield* chunks.settle(RefList.of(kind, many))
      for (let start = 0; start < 1990; start += 199) {
        const gone = many.slice(start, start + 199).map(([key]) => [key, undefined] as const)
        list = (yield* chunks.settle(yield* list.with(gone, chunks.read))).list
      }
      assert.deepStrictEqual(list, RefList.of(kind, many.slice(1990)))
    })
  )

  it.effect("keeps few chunks when its entries are deleted evenly", () =>
    Effect.gen(function* () {
      const chunks = new Chunks()
      const many = Array.from({ length: 8000 }, (_, place) => entry(place))
      let { list } = yield* chunks.settle(RefList.of(kind, many))
      for (let rest = 1; rest < 20; rest++) {
        const gone = many.flatMap(([key], place) => (place % 20 === rest ? [[key, undefined] as const] : []))
        list = (yield* chunks.settle(yield* list.with(gone, chunks.read))).list
      }
      const leaves = chunks.nodesOf(list.top).filter(isLeaf)
      assert.isAtMost(leaves.length, Math.ceil(list.bytes / (chunkBytesMax / 4)))
    })
  )

  it.effect("says which entries a decision changed, short or long", () =>
    Effect.gen(function* () {
      for (const count of [5, 500]) {
        const chunks = new Chunks()
        const { list } = yield* chunks.settle(
          RefList.of(
            kind,
            Array.from({ length: count }, (_, place) => entry(place))
          )
        )
        const first = yield* list.with([["ref-000001", "one"]], chunks.read)
        const second = yield* first.with([["ref-000002", undefined]], chunks.read)
        assert.deepStrictEqual(second.editsSince(first), [["ref-000002", undefined]])
        assert.deepStrictEqual(
          new Set(second.editsSince(list).map(([key]) => key)),
          new Set(["ref-000001", "ref-000002"])
        )
        assert.deepStrictEqual(list.editsSince(list), [])
      }
    })
  )
})
