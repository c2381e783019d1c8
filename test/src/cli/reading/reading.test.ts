/** `musehub history`, `blame` and `derive`, and what `status` says of derived work. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "../inProcess.ts"
import { field } from "../program.ts"

describe("the history of a file", () => {
  let hub: Hub
  let [first, second]: [string, string] = ["", ""]

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", "ada/songs", "--no-initialize")
    first = await hub.commit("songs", "main", "one\nmore", { "a\u001b.txt": "1\n2\u202e\n" })
    second = await hub.commit("songs", "main", "two", { "a\u001b.txt": "1\n3\n", b: "\0" })
  })
  afterAll(() => hub.close())

  const path = "a\u001b.txt"

  it("show what the newest commits tell", async () => {
    const { stdout } = await hub.run("intel", "ada/songs", "hotspots", "--limit", "1")
    assert.match(stdout, /^COMMITS {2}PATH\n\d+ +\S.*\n$/)
    const told = await hub.json("intel", "ada/songs", "activity")
    assert.deepInclude(told, { kind: "activity", ref: "main", complete: true, pending: 0, since: null })
    const unknown = await hub.run("intel", "ada/songs", "nothing")
    assert.strictEqual(unknown.code, 1)
    assert.match(unknown.stderr, /ask for one of activity, api, churn/)
  })

  it("is listed, and safe for a terminal", async () => {
    const { code, stderr, stdout } = await hub.run("history", "ada/songs", path)
    assert.strictEqual(code, 0, stderr)
    const [head, ...lines] = stdout.trimEnd().split("\n")
    assert.match(String(head), /^COMMIT +TIME +AUTHOR +CHANGE +LINES +MESSAGE$/)
    assert.match(String(lines[0]), new RegExp(`^${second} .* ada +modified +\\+1 -1 +two$`))
    assert.match(String(lines[1]), new RegExp(`^${first} .* ada +added +\\+2 -0 +one$`))
    const listed = await hub.json("history", "ada/songs", path, "--limit", "1")
    assert.deepInclude(listed, { complete: true, pending: 0 })
    const [item] = field(listed, "items") as ReadonlyArray<unknown>
    assert.deepInclude(item, {
      commitId: second,
      kind: "modified",
      message: "two",
      renamedFrom: null,
      added: 1,
      binary: false
    })
    const older = await hub.json("history", "ada/songs", path, "--ref", first)
    assert.lengthOf(field(older, "items") as ReadonlyArray<unknown>, 1)
    const refused = await hub.run("history", "ada/songs", "none")
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, /has no "none"; the root has/)
  })

  it("is told line by line, and what has none says so", async () => {
    const { stdout } = await hub.run("blame", "ada/songs", path)
    const [one, other] = stdout.trimEnd().split("\n")
    assert.match(String(one), new RegExp(`^${first.slice(0, 12)} +[0-9-]{10} +ada +1 +1$`))
    assert.match(String(other), new RegExp(`^${second.slice(0, 12)} +[0-9-]{10} +ada +2 +3$`))
    const hostile = await hub.run("blame", "ada/songs", path, "--ref", first)
    assert.include(hostile.stdout, "2\\u202e")
    const blamed = await hub.json("blame", "ada/songs", path)
    assert.deepInclude(blamed, { commitId: second, complete: true })
    assert.deepInclude((field(blamed, "ranges") as ReadonlyArray<unknown>)[0], { from: 1, to: 1, line: 1 })
    const binary = await hub.run("blame", "ada/songs", "b")
    assert.deepInclude(binary, { code: 0, stderr: "this is not complete; `musehub derive` says why\n" })
  })

  it("is derived from what there is, and other names are refused", async () => {
    const derived = await hub.run("derive")
    assert.deepInclude(derived, {
      code: 0,
      stdout: [...["touches", "lines", "symbols"].map((deriver) => [deriver, "commits"]), ["marks", "identities"]]
        .map(([deriver, units]) => `${deriver}: derived from 0 ${units}, nothing is left\n`)
        .join("")
    })
    assert.strictEqual((await hub.run("derive", "--only", "nothing")).code, 2)
    assert.strictEqual((await hub.run("derive", "--repo", "ada/none")).code, 2)
  })
})

describe("the symbols of files", () => {
  let hub: Hub
  let [first, second]: [string, string] = ["", ""]

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", "ada/songs", "--no-initialize")
    first = await hub.commit("songs", "main", "one", { "a.py": "class A:\n    def play(self): pass\n" })
    second = await hub.commit("songs", "main", "two", { "a.py": "class A:\n    def play(self): return 1\n" })
  })
  afterAll(() => hub.close())

  it("are listed, found, and have a history", async () => {
    const { code, stderr, stdout } = await hub.run("symbols", "ada/songs")
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "KIND    LINES  ADDRESS\nclass   1-2    a.py::A\nmethod  2-2    a.py::A.play\n")
    const listed = await hub.json("symbols", "ada/songs", "a.py", "--kind", "method", "--name", "PLAY", "--ref", first)
    assert.deepInclude(listed, { complete: true, pending: 0 })
    const [item] = field(listed, "items") as ReadonlyArray<unknown>
    assert.deepInclude(item, { address: "a.py::A.play", name: "play", path: "a.py", kind: "method", line: 2 })
    const history = await hub.run("symbols", "ada/songs", "--history", "a.py::A.play")
    const [, modified, created] = history.stdout.split("\n")
    assert.match(String(modified), new RegExp(`^${second} .* ada +modified \\(body\\) +two$`))
    assert.match(String(created), new RegExp(`^${first} .* ada +created +one$`))
    const found = await hub.run("search", "ada/songs", "pla", "--in", "symbols")
    assert.deepInclude(found, { code: 0, stdout: "a.py:2: method a.py::A.play\n" })
    const unknown = await hub.run("symbols", "ada/songs", "--history", "a.py::B")
    assert.strictEqual(unknown.code, 1)
    assert.match(unknown.stderr, /no symbol "a\.py::B"; its file has "a\.py::A"/)
  })

  it("are counted by language, and by the commits that change them", async () => {
    const languages = await hub.run("intel", "ada/songs", "languages")
    assert.match(languages.stdout, /^FILES +SYMBOLS +LANGUAGE\n(.*\n)*1 +2 +Python\n/)
    const hotspots = await hub.run("intel", "ada/songs", "hotspots", "--of", "symbols")
    assert.strictEqual(hotspots.stdout, "COMMITS  SYMBOL\n2        a.py::A.play\n1        a.py::A\n")
    const told = await hub.json("intel", "ada/songs", "stable", "--of", "symbols")
    assert.deepInclude(told, { kind: "stable", of: "symbols", extractor: "treesitter 3", complete: true })
    const api = await hub.run("intel", "ada/songs", "api")
    assert.strictEqual(api.stdout, "CHANGE  KIND    SYMBOL\nadded   class   a.py::A\nadded   method  a.py::A.play\n")
    const dead = await hub.run("intel", "ada/songs", "dead")
    assert.strictEqual(dead.stdout, "KIND    SYMBOL\nmethod  a.py::A.play\n")
    const refused = await hub.run("intel", "ada/songs", "churn", "--of", "symbols")
    assert.match(refused.stderr, /"churn" about symbols; ask for one of api, dead/)
  })

  it("are off where the operator says so, which every command that needs them tells", async () => {
    process.env["MUSEHUB_EXTRACTOR"] = "none"
    try {
      assert.deepInclude(await hub.json("status"), { extractor: null })
      assert.match((await hub.run("status")).stdout, /^symbols +off \(MUSEHUB_EXTRACTOR\)$/m)
      const listed = await hub.run("symbols", "ada/songs")
      assert.deepInclude(listed, { code: 1, stdout: "" })
      assert.match(listed.stderr, /MUSEHUB_EXTRACTOR/)
      const derived = await hub.run("derive", "--only", "symbols")
      assert.strictEqual(derived.code, 2)
      assert.match(derived.stderr, /MUSEHUB_EXTRACTOR: there is no extractor/)
      assert.deepStrictEqual(Object.keys((await hub.json("derive")) as object), ["touches", "lines", "marks"])
      process.env["MUSEHUB_EXTRACTOR"] = "treesitter:more"
      assert.match((await hub.run("status")).stderr, /MUSEHUB_EXTRACTOR: .* is not accepted: expected treesitter:/)
      process.env["MUSEHUB_EXTRACTOR"] = "other:"
      assert.match((await hub.run("status")).stderr, /MUSEHUB_EXTRACTOR: .* expected treesitter:/)
    } finally {
      delete process.env["MUSEHUB_EXTRACTOR"]
    }
  })
})

describe("musehub derive", () => {
  it("derives what is left, which status counts, and again", async () => {
    const kept = await startHub((directory) => `embedded:${directory}/index`)
    try {
      await kept.json("repo", "create", "ada/songs", "--no-initialize")
      await kept.commit("songs", "main", "one", { a: "1" })
      await kept.commit("songs", "main", "two", { a: "2" })
      await kept.json("repo", "create", "ada/identity", "--domain", "identity", "--no-initialize")
      assert.deepInclude(await kept.json("status"), {
        pending: { touches: 2, lines: 2, symbols: 2, marks: 1 },
        extractor: "treesitter 3"
      })
      assert.match((await kept.run("status")).stdout, /^to derive +touches of 2 commits, .*, marks of 1 identity,/m)
      const done = { commits: 2, pending: 0 }
      const marks = { commits: 1, pending: 0 }
      assert.deepStrictEqual(await kept.json("derive"), { touches: done, lines: done, symbols: done, marks })
      assert.deepStrictEqual(await kept.json("derive", "--only", "marks", "--again"), { marks })
      const again = await kept.json("derive", "--repo", "ada/songs", "--again", "--only", "touches")
      assert.deepStrictEqual(again, { touches: { commits: 2, pending: 0 } })
      assert.match((await kept.run("status")).stdout, /^to derive +nothing$/m)
    } finally {
      await kept.close()
    }
  }, 120_000)
})
