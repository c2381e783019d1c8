/** The checks of documents see each kind of fault that they are there for, and nothing where there is none. */
import { assert, describe, it } from "@effect/vitest"
import { checkCitations } from "../../../scripts/docs/checkCitations.ts"
import { checkLinks } from "../../../scripts/docs/checkLinks.ts"
import { checkPaths } from "../../../scripts/docs/checkPaths.ts"
import { type Fault, Repository } from "../../../scripts/Repository.ts"

const wire = "# Wire\n\n## 1 Ids\n\n### 1.1 Times\n\n## 2 `Rooms` of all\n\n1. one\n2. two\n"

/** A repository with a document of sections and a file of source, and what is given. */
const planted = (files: { readonly [path: string]: string }) => {
  const all = new Map(Object.entries({ "docs/wire.md": wire, "packages/domain/src/port/Lock.ts": "", ...files }))
  return new Repository([...all.keys()], (file) => all.get(file) ?? "")
}

const places = (faults: ReadonlyArray<Fault>) => faults.map(({ file, line }) => `${file}:${line}`)

describe("links", () => {
  const faultsOf = (text: string) => places(checkLinks(planted({ "bench/README.md": text })))

  it("lead to files and headings that are there", () => {
    assert.deepStrictEqual(
      faultsOf(
        "# Top\n[a](../docs/wire.md) [b](../docs/wire.md#11-times) [c](#top) [d](https://x.y/z.md) " +
          "[e](../packages/domain)"
      ),
      []
    )
  })

  it("to a file that is not there, also in a definition", () => {
    assert.deepStrictEqual(faultsOf("\n[a](docs/wire.md)\n\n[b]: ../gone.md"), [
      "bench/README.md:2",
      "bench/README.md:4"
    ])
  })

  it("to a heading that is not there", () => {
    assert.deepStrictEqual(faultsOf("[a](../docs/wire.md#3)\n[b](#gone)"), ["bench/README.md:1", "bench/README.md:2"])
  })

  it("out of the repository", () => {
    assert.deepStrictEqual(faultsOf("[a](../../elsewhere.md)"), ["bench/README.md:1"])
  })

  it("in code are none", () => {
    assert.deepStrictEqual(faultsOf("`[a](gone.md)`\n\n```\n[b](gone.md)\n```\n"), [])
  })

  it("tell headings of the same title apart", () => {
    assert.deepStrictEqual(faultsOf("# A\n# A\n[a](#a-1)\n[b](#a-2)"), ["bench/README.md:4"])
  })
})

describe("citations", () => {
  const faultsOf = (text: string, file = "packages/http/src/push.ts") =>
    checkCitations(planted({ [file]: text })).map(({ line, reason }) => `${line}: ${reason}`)
  const gone = (what: string) => `cites ${what}, but docs/wire.md has no such`

  it("of what is there", () => {
    assert.deepStrictEqual(
      faultsOf(
        "/** docs/wire.md, section 1.1; docs/wire.md, sections 1 and 2; docs/wire.md, section 2, point 2;\n" +
          ' * docs/wire.md, "2 Rooms\n * of all"; RFC 9110, section 13 */'
      ),
      []
    )
  })

  it("of a document that is not there", () => {
    assert.deepStrictEqual(faultsOf("/** A */\n// docs/gone.md says so"), ["2: cites docs/gone.md, which is not there"])
  })

  it("of a section that is not there, also over the end of a line", () => {
    const behindCode = "const a = 1 // docs/wire.md, section 3"
    assert.deepStrictEqual(faultsOf(behindCode), [`1: ${gone("section 3")} section`])
    assert.deepStrictEqual(faultsOf("/**\n * docs/wire.md,\n * sections 1 and 4 */"), [
      `2: ${gone("section 4")} section`
    ])
  })

  it("of a title that is not there", () => {
    assert.deepStrictEqual(faultsOf('/** docs/wire.md, "Doors" */'), [`1: ${gone('"Doors"')} section`])
  })

  it("of a point that is not there", () => {
    assert.deepStrictEqual(faultsOf("/** docs/wire.md, section 2, point 3 */"), [
      `1: ${gone("point 3 of section 2")} point`
    ])
  })

  it("of a section of no document", () => {
    assert.strictEqual(faultsOf("/** The protocol, section 1. */").length, 1)
  })

  it("in a document: of its own sections", () => {
    assert.deepStrictEqual(faultsOf("# 1 A\nsection 1, section 2", "docs/other.md"), [
      "2: cites section 2, but docs/other.md has no such section"
    ])
  })

  it("in code outside of comments are none", () => {
    assert.deepStrictEqual(faultsOf('const files = ["docs/gone.md", "section 7"]'), [])
  })
})

describe("paths in backticks", () => {
  const faultsOf = (text: string, file = "README.md") => places(checkPaths(planted({ [file]: text })))

  it("from the top, a package, a room of the domain or the document's folder, or a file's name alone", () => {
    assert.deepStrictEqual(
      faultsOf(
        "`packages/domain/src/port/Lock.ts` `domain/src` `port/Lock.ts` `port/` `wire.md` `Lock.ts` " +
          "`wire.md, section 1` `node packages/domain/src/port/Lock.ts`",
        "docs/other.md"
      ),
      []
    )
  })

  it("of what is not a path of the repository", () => {
    assert.deepStrictEqual(faultsOf("`owner/slug` `port/<name>.ts` `*.md` `application/json` `/push`"), [])
  })

  it("of what is not there", () => {
    assert.deepStrictEqual(faultsOf("\n`port/Gone.ts`\n`port/gone`\n`Gone.ts`\n`node port/Gone.ts serve`"), [
      "README.md:2",
      "README.md:3",
      "README.md:4",
      "README.md:5"
    ])
  })

  it("in the changelog may be of the past", () => {
    assert.deepStrictEqual(faultsOf("`port/Gone.ts`", "CHANGELOG.md"), [])
  })
})
