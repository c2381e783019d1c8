import { assert, describe, it } from "@effect/vitest"
import { BoundedMap } from "./BoundedMap.ts"

const filled = (...keys: ReadonlyArray<string>) => {
  const map = new BoundedMap<string, string>()
  for (const key of keys) map.set(key, `value of ${key}`, key.length)
  return map
}

describe("BoundedMap", () => {
  it("drops the least recently used entries", () => {
    const map = filled("a", "b", "c", "d")
    assert.strictEqual(map.touch("a"), "value of a")
    map.set("b", "another value")
    assert.strictEqual(map.get("c"), "value of c")
    assert.deepStrictEqual(map.trim({ sizeMax: 2 }), ["c", "d"])
    assert.isUndefined(map.get("c"))
    assert.strictEqual(map.get("b"), "another value")
  })

  it("keeps both bounds, and subtracts the weight of replaced and deleted entries", () => {
    const map = filled("one", "three", "seven")
    assert.strictEqual(map.weight, 13)
    map.set("one", "lighter", 1)
    map.delete("seven")
    map.delete("absent")
    assert.strictEqual(map.weight, 6)
    assert.deepStrictEqual(map.trim({ weightMax: 6, sizeMax: 2 }), [])
    assert.deepStrictEqual(map.trim({ weightMax: 5, sizeMax: 2 }), ["three"])
    assert.strictEqual(map.weight, 1)
  })

  it("keeps pinned entries even when the bounds are exceeded", () => {
    const map = filled("a", "b", "c")
    assert.deepStrictEqual(map.trim({ sizeMax: 0, isPinned: (key) => key !== "b" }), ["b"])
    assert.strictEqual(map.weight, 2)
  })
})
