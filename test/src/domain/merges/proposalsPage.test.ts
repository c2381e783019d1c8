/** docs/proposals.md agrees with the code: its outcomes, strategies and refusals are those of the API. */
import { assert, describe, it } from "@effect/vitest"
import { MergeStrategy } from "@musehub/domain/repository/Proposal"
import { MergePreview } from "@musehub/http/api/contract/proposals"
import { failures } from "@musehub/http/problem/failures"
import { existsSync, readFileSync } from "node:fs"
import { tableOf } from "../../support/pageTable.ts"

const project = new URL("../../../../", import.meta.url)
const page = readFileSync(new URL("docs/proposals.md", project), "utf8")

const firstColumn = (heading: string): ReadonlyArray<string> =>
  tableOf("proposals.md", heading).map(([code = ""]) => code.replaceAll("`", ""))

describe("docs/proposals.md", () => {
  it("lists every outcome of a preview", () => {
    assert.deepStrictEqual(firstColumn("The preview").toSorted(), [...MergePreview.fields.outcome.literals].toSorted())
  })

  it("lists every strategy", () => {
    assert.deepStrictEqual(firstColumn("The strategies").toSorted(), [...MergeStrategy.literals].toSorted())
  })

  it("names refusals that the API gives", () => {
    const types = new Set(
      Object.keys(failures).map((tag) => tag.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase())
    )
    const named = [...page.matchAll(/409 `([a-z-]+)`/g)].map(([, type = ""]) => type)
    assert.isAbove(named.length, 4)
    for (const type of named) assert.isTrue(types.has(type), type)
  })

  it("names a test that exists", () => {
    const tests = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, path = ""]) => path)
    assert.isAbove(tests.length, 0)
    for (const path of tests) assert.isTrue(existsSync(new URL(path, project)), path)
  })
})
