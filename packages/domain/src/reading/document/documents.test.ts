/** Documents of people are read whole or not at all, whatever their bytes are. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "../../base/Slices.ts"
import { decodeDocument, documentBytesMax } from "./DocumentKind.ts"
import { findingRules, type Governance, governanceKind, governanceStepsMax } from "./Governance.ts"

const decoded = (text: string) => decodeDocument(governanceKind, new TextEncoder().encode(text))

const reasonOf = (text: string): string => {
  const found = decoded(text)
  return found.state === "invalid" ? found.reason : found.state
}

const rule = '{"paths": ["*"]}'

describe("a document", () => {
  it("is decoded from JSON as people write it", () => {
    assert.deepStrictEqual(decoded(` {\n "rules": [ ${rule} ] }\n`), {
      state: "valid",
      value: { rules: [{ paths: ["*"] }] }
    })
  })

  it("that is not valid throughout counts as absent, and says by its name what is wrong", () => {
    const path = ".musegovernance.json: "
    for (const [text, reason] of [
      ["", "Unexpected end of JSON input"],
      ["[]", "it must be an object"],
      ['{"rules": [{"path": ["*"]}]}', "rules[0].path is not a known field"],
      [`{"rules": [${rule}], "rulez": []}`, "rulez is not a known field: the only one here is rules"],
      [`{"rules": [${rule}], "rules": []}`, 'the key "rules" is there twice'],
      ['{"rules": [], "__proto__": {"rules": []}}', "__proto__ is not a known field"],
      ['{"__proto__": {"rules": []}}', "__proto__ is not a known field"],
      ['{"rules": [], "constructor": {}}', "constructor is not a known field"],
      [`{"rules": [{"paths": ["*"], "approvals": 11}]}`, "rules[0].approvals must be from 0 to 10"],
      [`{"rules": [{"paths": ["*"], "approvals": 12345678901234567890}]}`, "rules[0].approvals must be a number"],
      [`{"rules": [{"paths": ["*"], "reviewers": ["Ada"]}]}`, "rules[0].reviewers[0] must be"],
      [`{"rules": [{"name": "a", "paths": ["*"]}, {"name": "a", "paths": ["b"]}]}`, 'two rules are called "a"'],
      [`{"rules": [${Array.from({ length: 201 }, () => rule).join()}]}`, "rules must have at most 200 items"],
      ["[".repeat(200_000), "JSON"],
      [`{"rules": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "nesting is deeper than 128"]
    ] as const) {
      assert.include(reasonOf(text), path, text.slice(0, 100))
      assert.include(reasonOf(text), reason, text.slice(0, 100))
      assert.isBelow(reasonOf(text).length, 1100)
    }
    const prototype: object = {}
    assert.isFalse("rules" in prototype)
  })

  it("is at most 256 KiB of UTF-8", () => {
    const padded = (size: number) => `{"rules":[]${" ".repeat(size - 12)}}`
    assert.strictEqual(decoded(padded(documentBytesMax)).state, "valid")
    assert.include(reasonOf(padded(documentBytesMax + 1)), "it is larger than 262144 bytes")
    const notText = decodeDocument(governanceKind, Uint8Array.of(0x22, 0xff, 0x22))
    assert.deepStrictEqual(notText, { state: "invalid", reason: ".musegovernance.json: it is not valid UTF-8" })
  })
})

describe("the rules of a merge", () => {
  const governance: Governance = {
    rules: [
      { name: "songs", paths: ["songs/*", "*.mid"], approvals: 2 },
      { paths: [".musegovernance.json"], reviewers: [] },
      { name: "all", paths: ["*"], strategies: ["squash"] }
    ]
  }

  it("are those for a path that it changes, in the order of the document", () => {
    const rules = atOnce(findingRules(governance, ["read.me", "songs/a/b", ".musegovernance.json"]))
    assert.deepStrictEqual(
      rules.map(({ approvals, name, path }) => [name, path, approvals]),
      [
        ["songs", "songs/a/b", 2],
        ["rule 2", ".musegovernance.json", 1],
        ["all", "read.me", 0]
      ]
    )
    assert.deepStrictEqual(atOnce(findingRules({ rules: governance.rules.slice(0, 2) }, ["songs", "SONGS/a"])), [])
    assert.deepStrictEqual(atOnce(findingRules(governance, [])), [])
  })

  it("hold where matching takes too long", () => {
    const slow: Governance = { rules: [{ paths: [`*${"a".repeat(400)}b`] }, { paths: ["z"] }] }
    const long = "a".repeat(4000)
    assert.lengthOf(atOnce(findingRules(slow, [long])), 1, "one pattern that takes more than its share holds")
    const names = (stepsMax?: number) => atOnce(findingRules(slow, ["x", "y"], stepsMax)).map(({ name }) => name)
    assert.deepStrictEqual(names(1), ["rule 1", "rule 2"])
    assert.deepStrictEqual(names(governanceStepsMax), [])
  })
})
