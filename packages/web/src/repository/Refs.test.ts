import { renderToString } from "preact-render-to-string"
import { assert, describe, it } from "vitest"
import { refOption } from "./Refs.ts"

describe("a ref in a picker", () => {
  it("is cut between characters, and sent whole", () => {
    const ref = `tags/${"a".repeat(54)}\u{1f3b5}${"b".repeat(9)}`
    const shown = renderToString(refOption("main")(ref))
    assert.include(shown, `value="${ref}"`)
    assert.include(shown, `>tags/${"a".repeat(54)}…<`)
    assert.isTrue(shown.isWellFormed())
    assert.include(renderToString(refOption(ref)(ref)), "selected")
  })
})
