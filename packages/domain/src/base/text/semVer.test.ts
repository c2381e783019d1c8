import { assert, describe, it } from "@effect/vitest"
import { compareVersions, semVerSource } from "./semVer.ts"

describe("semantic versions", () => {
  /** Ascending; most pre-releases are the example of semver.org. */
  const ascending = [
    "0.0.0",
    "0.9.10",
    "1.0.0-0.3.7",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-alpha-b",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.9",
    "1.0.10",
    "1.2.0",
    "2.0.0",
    "10.0.0",
    "99999999999999999999999.0.0",
    "100000000000000000000000.0.0"
  ]

  it("are ordered by precedence, also beyond the numbers that JavaScript counts", () => {
    for (const [place, version] of ascending.entries()) {
      for (const [other, against] of ascending.entries()) {
        assert.strictEqual(
          Math.sign(compareVersions(version, against)),
          Math.sign(place - other),
          `${version} and ${against}`
        )
      }
    }
  })

  it("differ in their build without one being newer", () => {
    assert.strictEqual(compareVersions("1.0.0+a", "1.0.0+b"), 0)
    assert.strictEqual(compareVersions("1.0.0-rc.1+a-b", "1.0.0-rc.1"), 0)
  })

  it("have three numbers without leading zeros", () => {
    const pattern = new RegExp(`^${semVerSource}$`)
    for (const version of [...ascending, "1.0.0+build.5", "1.0.0-x-y+z"]) assert.match(version, pattern)
    for (const text of ["", "1", "1.0", "01.0.0", "1.0.0-", "1.0.0+", "v1.0.0", "1.0.0 ", "1.0.0.0"]) {
      assert.notMatch(text, pattern)
    }
  })
})
