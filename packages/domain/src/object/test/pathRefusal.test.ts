/** Most paths are plain, and allowed without a look at each segment. That allows no more than the look does. */
import { assert, describe, it } from "@effect/vitest"
import { seeded } from "@musehub/msgpack/testing"
import { pathRefusal, storedPathRefusal } from "../pathRefusal.ts"

/** What the folder of a repository is spelled with, and what ends segments. */
const characters = [...".muse~1 :/aZ_-+@\0", ".muse", "MUSE~1", "//", "/..", "\u200c", "\ud800"]

describe("a plain path", () => {
  it("is refused for the same reason where it stands beside a segment that is not plain", () => {
    const random = seeded(3)
    let [refused, allowed] = [0, 0]
    for (let run = 0; run < 50_000; run++) {
      const pieces = Array.from({ length: 1 + random(8) }, () => characters[random(characters.length)])
      const path = pieces.join("")
      // A slash at either end would leave an empty segment in one of the two alone.
      if (path.startsWith("/") || path.endsWith("/")) continue
      for (const rule of [pathRefusal, storedPathRefusal]) assert.strictEqual(rule(path), rule(`${path}/\u00e9`), path)
      if (pathRefusal(path) === undefined) allowed += 1
      else refused += 1
    }
    assert.isAbove(refused, 10_000)
    assert.isAbove(allowed, 5000)
  })

  it("is refused by its length as any other", () => {
    const segment = "a".repeat(255)
    assert.isUndefined(pathRefusal(segment))
    assert.match(String(pathRefusal(`${segment}a`)), /more than 255 bytes/)
    assert.isUndefined(pathRefusal(`${segment}/`.repeat(15) + segment))
    assert.match(String(pathRefusal(`${segment}/`.repeat(16) + "a")), /longer than 4096 bytes/)
  })
})
