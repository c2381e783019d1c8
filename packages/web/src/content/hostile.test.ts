/** What others wrote is shown as text: it makes no element of its own, reorders nothing, and is bounded. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect } from "effect"
import { renderToString } from "preact-render-to-string"
import { h } from "../html/h.ts"
import { Name, Prose } from "../html/visible.ts"
import { Code, lineLengthMax } from "./Code.ts"
import { linesOf } from "./highlight.ts"
import { Markdown } from "./Markdown.ts"
import { parsed } from "./Parsing.ts"

const markup = `<img src=x onerror="alert(1)"><script>alert(1)</script>`

const shownMarkdown = Effect.fnUntraced(function* (source: string) {
  const tree = yield* parsed(sha256(source), { kind: "markdown", source })
  if (tree === null) return assert.fail("the document was not parsed")
  return renderToString(
    h(Markdown, {
      tree,
      surroundings: {
        folder: "docs/in",
        page: (path) => `/page?path=${path}`,
        picture: (path) => (path.endsWith(".png") ? `/raw?path=${path}` : undefined)
      }
    })
  )
})

const linesIn = (path: string, text: string) => linesOf(path, sha256(text), text)

describe("a name", () => {
  it("is text, and what is hidden in it is named", () => {
    const shown = renderToString(h(Name, { text: `${markup} \u202egnp.exe\0` }))
    assert.notMatch(shown, /<(img|script)/)
    assert.match(shown, /^<bdi/)
    assert.include(shown, "U+202E</span>gnp.exe")
    assert.notMatch(shown, /[\u202e\0]/)
    assert.include(renderToString(h(Name, { text: "👩‍💻 é" })), "👩‍💻 é")
  })

  it("of any length is bounded, and so is a run of what is hidden", () => {
    assert.isBelow(renderToString(h(Name, { text: "x".repeat(1_000_000) })).length, 500)
    const controls = renderToString(h(Prose, { text: "\u202e".repeat(10_000) }))
    assert.isBelow(controls.length, 300)
    assert.include(controls, "9996 more")
  })
})

describe("Markdown", () => {
  it.live("brings no HTML, script, style or address of another kind", () =>
    Effect.gen(function* () {
      const shown = yield* shownMarkdown(
        [
          markup,
          "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](vbscript:x)",
          "[e](//elsewhere.example/x)",
          "![f](javascript:alert(1)) ![g](https://elsewhere.example/g.png) ![h](data:image/png;base64,AA==)",
          '<a href="x" style="color:red" onclick="alert(1)">i</a>',
          "```ts onerror=alert(1)\n</code></pre><script>alert(1)</script>\n```"
        ].join("\n\n")
      )
      assert.notMatch(shown, /<(script|iframe|style|object|form)|<[^>]*\s(on\w+|style)=|<img/i)
      const addresses = Array.from(shown.matchAll(/(?:href|src)="([^"]*)"/g), ([, address]) => address)
      assert.deepStrictEqual(addresses, ["https://elsewhere.example/g.png"])
    })
  )

  it.live("leads to files of its repository, and shows pictures of it alone", () =>
    Effect.gen(function* () {
      const shown = yield* shownMarkdown("[a](../b.md#x) [c](/d) [e](../../../f) ![g](g%20h.png) ![i](i.svg)")
      const addresses = Array.from(shown.matchAll(/(?:href|src)="([^"]*)"/g), ([, address]) => address)
      assert.deepStrictEqual(addresses, [
        "/page?path=docs/b.md",
        "/page?path=d",
        "/page?path=f",
        "/raw?path=docs/in/g h.png"
      ])
    })
  )

  it.live("has headings whose levels follow each other, below that of the page", () =>
    Effect.gen(function* () {
      assert.match(yield* shownMarkdown("# a\n\n##### b\n\n## c"), /<h3>a<\/h3>\s*<h4>b<\/h4>\s*<h4>c<\/h4>/)
    })
  )
})

describe("a file", () => {
  it.live("is shown line by line, with every character of it", () =>
    Effect.gen(function* () {
      const text = `const a = \`x\n\${b}\n\`\r\n// ${markup}\n`
      for (const path of ["a.ts", "a.unknown", "a.html", "a.py"]) {
        const lines = yield* linesIn(path, text)
        assert.strictEqual(
          lines.map((line) => line.map((token) => token.text).join("")).join("\n"),
          text.replace("\r", "").trimEnd()
        )
        assert.notMatch(renderToString(h(Code, { lines })), /<(img|script)/)
      }
      assert.deepStrictEqual(yield* linesIn("a.ts", ""), [])
    })
  )

  it.live("with a long line shows its beginning, and says so", () =>
    Effect.gen(function* () {
      const shown = renderToString(h(Code, { lines: yield* linesIn("a", "x".repeat(1_000_000)) }))
      assert.isBelow(shown.length, lineLengthMax + 500)
      assert.include(shown, "998000 characters more")
    })
  )
})

describe("a text that takes a parser minutes", () => {
  it.live("is given up, and others are parsed after it", () =>
    Effect.gen(function* () {
      const source = "*a_".repeat(20_000)
      assert.isNull(yield* parsed(sha256(source), { kind: "markdown", source }))
      assert.include(yield* shownMarkdown("**b**"), "<strong>b</strong>")
    })
  )
})
