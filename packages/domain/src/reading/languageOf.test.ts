import { assert, describe, it } from "@effect/vitest"
import { languageOf } from "./languageOf.ts"

describe("the language of a file", () => {
  it("follows from its suffix, in any case", () => {
    const paths = ["a.py", "src/b.test.TSX", "dir.go/c.cc", "d.h", "e.yml"]
    assert.deepStrictEqual(paths.map(languageOf), ["Python", "TypeScript", "C++", "C", "YAML"])
  })

  it("is unknown where there is no suffix, or one of no language", () => {
    const paths = ["", "Makefile", ".py", "dir.py/file", "a.", "a.mid", "a.constructor", "b.py/.py"]
    assert.deepStrictEqual(new Set(paths.map(languageOf)), new Set([null]))
  })
})
