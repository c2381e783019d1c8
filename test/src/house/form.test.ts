/** The rules of form: the length of lines, and the number of files in a folder. */
import { assert, describe, it } from "@effect/vitest"
import { type Planted, runOnPlanted } from "./Planted.ts"

const long = "x".repeat(121)
const longIn = [
  "packages/domain/src/a.ts",
  "test/src/a.ts",
  "bench/src/a.ts",
  "scripts/a.mjs",
  "test/scripts/a.sh",
  ".ci/run",
  "a.cjs"
]
const fullFolders = ["packages/domain/src/object", "test/src/full", "bench/src/full", "docs", "scripts/rules"]

const filesIn = (folder: string, count: number): Planted =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`${folder}/${place}.ts`, ""]))

describe("the rules of form", () => {
  const { output, passed } = runOnPlanted("check:house", {
    ...Object.fromEntries(longIn.map((path) => [path, `// short\n${long}\n`])),
    ...Object.assign({}, ...fullFolders.map((folder) => filesIn(folder, 16)))
  })

  it("fail the check", () => {
    assert.isFalse(passed)
    assert.strictEqual(output.trim().split("\n").length, longIn.length + fullFolders.length, output)
  })

  it.each(longIn)("refuse a line of more than 120 characters in %s", (path) => {
    assert.include(output, `${path}:2: is 121 characters long, 1 too many\n`)
  })

  it.each(fullFolders)("refuse more than 15 files in %s", (folder) => {
    assert.include(output, `${folder}: holds 16 files, at most 15 are allowed\n`)
  })

  it("count characters and not bytes, ignore files of subfolders, and skip documents and recorded data", () => {
    const sound = runOnPlanted("check:house", {
      "packages/a.ts": "𝄞".repeat(120),
      "docs/a.md": long,
      "test/vectors/a.ts": long,
      ...filesIn("packages/a", 15),
      ...filesIn("packages/a/b", 15),
      ...filesIn("test/vectors", 16)
    })
    assert.deepStrictEqual(sound, { passed: true, output: "" })
  })
})
