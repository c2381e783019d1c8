/** The checks of documents report each kind of fault that they are for, and nothing where there is none. */
import { assert, describe, it } from "@effect/vitest"
import { checkCitations } from "../../../scripts/docs/checkCitations.ts"
import { checkLinks } from "../../../scripts/docs/checkLinks.ts"
import { checkPaths } from "../../../scripts/docs/checkPaths.ts"
import { checkTests } from "../../../scripts/docs/checkTests.ts"
import { type Fault, Repository } from "../../../scripts/Repository.ts"

const wire = "# Wire\n\n## 1 Ids\n\n### 1.1 Times\n\n## 2 `Rooms` of all\n\n1. one\n2. two\n"

/** Checks a repository with a document of sections, one source file and the given files. */
const planted = (files: { readonly [path: string]: string }) => {
  const all = new Map(Object.entries({ "docs/wire.md": wire, "packages/domain/src/port/Lock.ts": "", ...files }))
  return new Repository([...all.keys()], (file) => all.get(file) ?? "")
}

const places = (faults: ReadonlyArray<Fault>) => faults.map(({ file, line }) => `${file}:${line}`)

describe("links", () => {
  const faultsOf = (text: string) => places(checkLinks(planted({ "bench/README.md": text })))

  it("to existing files and headings are accepted", () => {
    assert.deepStrictEqual(
      faultsOf(
        "# Top\n[a](../docs/wire.md) [b](../docs/wire.md#11-times) [c](#top) [d](https://x.y/z.md) " +
          "[e](../packages/domain)"
      ),
      []
    )
  })

  it("to a missing file are reported, also in a definition", () => {
    assert.deepStrictEqual(faultsOf("\n[a](docs/wire.md)\n\n[b]: ../gone.md"), [
      "bench/README.md:2",
      "bench/README.md:4"
    ])
  })

  it("to a missing heading are reported", () => {
    assert.deepStrictEqual(faultsOf("[a](../docs/wire.md#3)\n[b](#gone)"), ["bench/README.md:1", "bench/README.md:2"])
  })

  it("out of the repository are reported", () => {
    assert.deepStrictEqual(faultsOf("[a](../../elsewhere.md)"), ["bench/README.md:1"])
  })

  it("in code are ignored", () => {
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

  it("of existing sections are accepted", () => {
    assert.deepStrictEqual(
      faultsOf(
        "/** docs/wire.md, section 1.1; docs/wire.md, sections 1 and 2; docs/wire.md, section 2, point 2;\n" +
          ' * docs/wire.md, "2 Rooms\n * of all"; RFC 9110, section 13 */'
      ),
      []
    )
  })

  it("of a missing document are reported", () => {
    assert.deepStrictEqual(faultsOf("/** A */\n// docs/gone.md says so"), ["2: cites docs/gone.md, which is not there"])
  })

  it("of a missing section are reported, also across a line break", () => {
    const behindCode = "const a = 1 // docs/wire.md, section 3"
    assert.deepStrictEqual(faultsOf(behindCode), [`1: ${gone("section 3")} section`])
    assert.deepStrictEqual(faultsOf("/**\n * docs/wire.md,\n * sections 1 and 4 */"), [
      `2: ${gone("section 4")} section`
    ])
  })

  it("of a missing title are reported", () => {
    assert.deepStrictEqual(faultsOf('/** docs/wire.md, "Doors" */'), [`1: ${gone('"Doors"')} section`])
  })

  it("of a missing point are reported", () => {
    assert.deepStrictEqual(faultsOf("/** docs/wire.md, section 2, point 3 */"), [
      `1: ${gone("point 3 of section 2")} point`
    ])
  })

  it("of a section without a document are reported", () => {
    assert.strictEqual(faultsOf("/** The protocol, section 1. */").length, 1)
  })

  it("in a document are of its own sections", () => {
    assert.deepStrictEqual(faultsOf("# 1 A\nsection 1, section 2", "docs/other.md"), [
      "2: cites section 2, but docs/other.md has no such section"
    ])
  })

  it("in code outside comments are ignored", () => {
    assert.deepStrictEqual(faultsOf('const files = ["docs/gone.md", "section 7"]'), [])
  })
})

describe("paths in backticks", () => {
  const faultsOf = (text: string, file = "README.md") => places(checkPaths(planted({ [file]: text })))

  it("may start at the top, a package, a room of the domain or the document's folder, or be a file name alone", () => {
    assert.deepStrictEqual(
      faultsOf(
        "`packages/domain/src/port/Lock.ts` `domain/src` `port/Lock.ts` `port/` `wire.md` `Lock.ts` " +
          "`wire.md, section 1` `node packages/domain/src/port/Lock.ts`",
        "docs/other.md"
      ),
      []
    )
  })

  it("are ignored when they are not paths of the repository", () => {
    assert.deepStrictEqual(faultsOf("`owner/slug` `port/<name>.ts` `*.md` `application/json` `/push`"), [])
  })

  it("are reported when nothing is there", () => {
    assert.deepStrictEqual(faultsOf("\n`port/Gone.ts`\n`port/gone`\n`Gone.ts`\n`node port/Gone.ts serve`"), [
      "README.md:2",
      "README.md:3",
      "README.md:4",
      "README.md:5"
    ])
  })

  it("in the changelog may name what no longer exists", () => {
    assert.deepStrictEqual(faultsOf("`port/Gone.ts`", "CHANGELOG.md"), [])
  })
})

describe("tests that a document names", () => {
  const test = "test/src/wire/fuzz.test.ts"
  const faultsOf = (text: string) => {
    const repository = planted({
      "docs/security.md": text,
      [test]: 'it("a bomb is refused", () => {})\nit("so is a flood"'
    })
    return [...checkLinks(repository), ...checkTests(repository)].map(({ line, reason }) => `${line}: ${reason}`)
  }

  it("with titles that are in the file are accepted, also across a line break", () => {
    assert.deepStrictEqual(
      faultsOf(`| [a](../${test}): "a bomb is refused", "so is a flood" |\n[a](../${test}): "a bomb\nis refused"`),
      []
    )
  })

  it("with a title that is not in the file are reported", () => {
    assert.deepStrictEqual(faultsOf(`\n[a](../${test}): "a bomb is refused", "all is well"`), [
      `2: quotes "all is well", which is not in ${test}`
    ])
  })

  it("without a title are reported", () => {
    assert.lengthOf(faultsOf(`[a](../${test}), "a bomb is refused"`), 1)
  })

  it("that do not exist are reported", () => {
    assert.deepStrictEqual(faultsOf('[a](../test/src/wire/gone.test.ts): "a bomb is refused"'), [
      "1: links to ../test/src/wire/gone.test.ts, which is not there"
    ])
  })
})
