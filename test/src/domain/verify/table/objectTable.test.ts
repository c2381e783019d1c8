/** The table of objects against the directories that it is made of. */
import { assert, describe, it } from "@effect/vitest"
import { historyOf, lineOf } from "@musehub/contract/IndexSamples"
import { newRepository } from "@musehub/contract/StoreSamples"
import { elementAt, expected } from "@musehub/domain/base/expected"
import { atOnce } from "@musehub/domain/base/Slices"
import { sha256 } from "@musehub/domain/object/Digest"
import { ObjectType } from "@musehub/domain/object/Id"
import { marks, ObjectTable } from "@musehub/domain/usecase/operations/verify/packs/ObjectTable"
import { Effect } from "effect"
import { withPacks } from "./withPacks.ts"

describe("a table of objects", () => {
  it.effect("has each object once, in the first pack with it, in the order of ids", () =>
    Effect.gen(function* () {
      const repository = newRepository()
      const some = yield* historyOf(lineOf(40), repository)
      const more = yield* historyOf(lineOf(120), repository)
      // So often that some prefixes have many numbers.
      const packs = [...some.packs, ...more.packs, ...Array.from({ length: 20 }, () => some.packs).flat()]
      const table = atOnce(ObjectTable.making(packs))
      assert.strictEqual(
        table.size,
        packs.reduce((sum, { directory }) => sum + directory.size, 0)
      )
      for (const type of ObjectType.literals) {
        const firsts = new Map<string, string>()
        for (const pack of packs) {
          for (const object of pack.directory) {
            if (object.type === type && !firsts.has(object.id)) firsts.set(object.id, pack.uriOf(object))
          }
        }
        const ids = [...firsts.keys()].toSorted()
        assert.deepStrictEqual(
          Array.from(table.inOrder(type), (number) => table.idOf(number)),
          ids
        )
        for (const [place, id] of ids.entries()) {
          const number = expected(table.find(type, id), id)
          assert.strictEqual(number, elementAt(table.inOrder(type), place))
          const { object, pack } = table.placeOf(number)
          assert.strictEqual(pack.uriOf(object), firsts.get(id))
        }
      }
    }).pipe(withPacks)
  )

  it.effect("does not have what no pack has, and marks one object alone", () =>
    Effect.gen(function* () {
      const { packs } = yield* historyOf(lineOf(10))
      const table = atOnce(ObjectTable.making(packs))
      for (const id of [sha256("elsewhere"), "", "junk", "0".repeat(64)]) assert.isFalse(table.has("blob", id))
      const [first, ...others] = table.inOrder("commit")
      const marked = expected(first, "a commit")
      table.mark(marked, marks.used)
      table.mark(marked, marks.sound)
      assert.isTrue(table.isMarked(marked, marks.used) && table.isMarked(marked, marks.sound))
      assert.isFalse(
        table.isMarked(marked, marks.recorded) || others.some((number) => table.isMarked(number, marks.used))
      )
      assert.isFalse(atOnce(ObjectTable.making([])).has("blob", sha256("any")))
    }).pipe(withPacks)
  )
})
