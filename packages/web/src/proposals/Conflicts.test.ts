import { BlobId } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { renderToString } from "preact-render-to-string"
import { assert, describe, it } from "vitest"
import { h } from "../html/h.ts"
import { Conflicts } from "./Conflicts.ts"

const [base, ours, theirs] = ["base", "ours", "theirs"].map((text) => BlobId.make(sha256(text)))

const sideOf = (lines: number) => ({
  path: "a&b.txt",
  oldPath: undefined,
  status: "modified" as const,
  before: undefined,
  after: undefined,
  binary: false,
  truncated: false,
  added: lines,
  removed: 0,
  hunks: [{ oldStart: 1, oldLines: 0, newStart: 1, newLines: lines, text: "+x\n".repeat(lines) }]
})

describe("a conflict", () => {
  it("leads to the lines of each side that are not shown, in a comparison that has the same", () => {
    const conflict = {
      path: "a&b.txt",
      kind: "both_modified" as const,
      base: base ?? null,
      ours: ours ?? null,
      theirs: theirs ?? null,
      cause: ""
    }
    const page = renderToString(
      h(Conflicts, {
        repository: { owner: "ada", slug: "songs" },
        compared: [{ conflict, ours: sideOf(1000), theirs: sideOf(2) }],
        conflicts: [conflict],
        total: 1,
        from: "verse",
        to: "main"
      })
    )
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, address = ""]) => address.replaceAll("&amp;", "&"))
    assert.lengthOf(links, 1)
    const url = new URL(links[0] ?? "", "http://hub.invalid")
    assert.strictEqual(url.pathname, "/ada/songs/-/compare")
    const { line, ...rest } = Object.fromEntries(url.searchParams)
    assert.deepStrictEqual(rest, { base: "verse", head: "main", path: "a&b.txt" })
    assert.lengthOf([...page.matchAll(/class="added"/g)], Number(line) + 2)
  })
})
