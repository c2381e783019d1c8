/** Patterns as CPython's `fnmatch.fnmatchcase` reads them: every row was produced by CPython 3.11. */
import { assert, describe, it } from "@effect/vitest"
import { codesOf, fnmatch as compile, matchStepsMax } from "@musehub/domain/merge/fnmatch"

const fnmatch = (pattern: string) => {
  const matches = compile(pattern)
  return (text: string) => matches(codesOf(text), { steps: 0 })
}

const rows: ReadonlyArray<readonly [pattern: string, matching: ReadonlyArray<string>, other: ReadonlyArray<string>]> = [
  ["*", ["", "a", "a/b", "\n"], []],
  ["drums/*", ["drums/a", "drums/a/b", "drums/"], ["drums", "Drums/a"]],
  ["*.mid", ["a.mid", ".mid", "x/y.mid"], ["a.MID", "a.mid\n"]],
  ["src/**/*.py", ["src/a/b.py", "src/x/y/z.py"], ["src/a.py"]],
  ["a?c", ["abc", "a/c", "a😀c"], ["ac", "abbc"]],
  ["[abc]", ["a", "c"], ["d", "", "ab"]],
  ["[!abc]", ["d", "/", "!"], ["a"]],
  ["[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]],
  ["[!a-c]", ["d", "-"], ["b"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a", ["[a"], ["a"]],
  ["[]", ["[]"], ["[", "]", ""]],
  ["[!]", ["[!]"], ["!", "x"]],
  ["[!", ["[!"], ["!"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[a-c-e]", ["b", "-", "e"], ["d"]],
  ["[a-c-e-g]", ["b", "-", "f"], ["d"]],
  ["[c-a]", [], ["a", "b", "c", "-"]],
  ["[!c-a]", ["a", "-"], []],
  ["[a--b]", ["b"], ["a", "-"]],
  ["[--0]", ["-", ".", "/", "0"], ["1"]],
  ["[^a]", ["^", "a"], ["b"]],
  ["[\\]", ["\\"], ["x"]],
  ["\\*", ["\\a"], ["*", "a"]],
  ["[*]", ["*"], ["a"]],
  ["[?]x", ["?x"], ["ax"]],
  ["[&&a~|]", ["&", "a", "~", "|"], ["b"]],
  ["[[]a", ["[a"], ["a"]],
  ["a[/]b", ["a/b"], ["ab"]],
  ["é*", ["éa"], ["ea"]],
  ["[é-ü]", ["ê"], ["z"]],
  ["", [""], ["a"]],
  ["**", ["", "a/b"], []],
  ["*a*b*", ["ab", "xaxbx"], ["ba"]],
  [".*", [".a"], ["a"]],
  ["[😀-😂]", ["😁"], ["😃"]],
  ["*[0-9].txt", ["a1.txt", "dir/9.txt"], ["a.txt"]]
]

describe("fnmatch", () => {
  for (const [pattern, matching, other] of rows) {
    it(`reads ${JSON.stringify(pattern)} as Python does`, () => {
      const matches = fnmatch(pattern)
      assert.deepStrictEqual(
        matching.filter((text) => !matches(text)),
        []
      )
      assert.deepStrictEqual(other.filter(matches), [])
    })
  }

  it("terminates on patterns that make regular expressions backtrack forever", () => {
    assert.isFalse(fnmatch(`${"*a".repeat(300)}*b`)("a".repeat(4000)))
    assert.isTrue(fnmatch(`${"*a".repeat(300)}*b`)(`${"a".repeat(4000)}b`))
  })

  it("gives up on a pattern that needs too many comparisons, and counts what it did", () => {
    const cost = { steps: 0 }
    const set = Array.from({ length: 5000 }, (_, at) => String.fromCodePoint(0x4e00 + 2 * at)).join("")
    for (const pattern of [`*${"a".repeat(2000)}b`, `*[${set}]`, `*${"[!b]".repeat(2000)}b`]) {
      assert.isUndefined(compile(pattern)(codesOf("a".repeat(4000)), cost))
    }
    assert.isAtMost(cost.steps, 3 * (matchStepsMax + 5001))
  })
})
