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
    assert.match(unknown.stderr, /ask for one of activity, coupling/)
  })

  it("is listed, and safe for a terminal", async () => {
    const { code, stderr, stdout } = await hub.run("history", "ada/songs", path)
    assert.strictEqual(code, 0, stderr)
    const [head, ...lines] = stdout.trimEnd().split("\n")
    assert.match(String(head), /^COMMIT +TIME +AUTHOR +CHANGE +MESSAGE$/)
    assert.match(String(lines[0]), new RegExp(`^${second} .* ada +modified +two$`))
    assert.match(String(lines[1]), new RegExp(`^${first} .* ada +added +one$`))
    const listed = await hub.json("history", "ada/songs", path, "--limit", "1")
    assert.deepInclude(listed, { complete: true, pending: 0 })
    const [item] = field(listed, "items") as ReadonlyArray<unknown>
    assert.deepInclude(item, { commitId: second, kind: "modified", message: "two", renamedFrom: null })
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
    assert.deepInclude(derived, { code: 0, stdout: "touches: derived from 0 commits, nothing is left\n" })
    assert.strictEqual((await hub.run("derive", "--only", "nothing")).code, 2)
    assert.strictEqual((await hub.run("derive", "--repo", "ada/none")).code, 2)
  })
})

describe("musehub derive", () => {
  it("derives what is left, which status counts, and again", async () => {
    const kept = await startHub((directory) => `embedded:${directory}/index`)
    try {
      await kept.json("repo", "create", "ada/songs", "--no-initialize")
      await kept.commit("songs", "main", "one", { a: "1" })
      await kept.commit("songs", "main", "two", { a: "2" })
      assert.deepInclude(await kept.json("status"), { pending: { touches: 2 } })
      assert.deepStrictEqual(await kept.json("derive"), { touches: { commits: 2, pending: 0 } })
      const again = await kept.json("derive", "--repo", "ada/songs", "--again", "--only", "touches")
      assert.deepStrictEqual(again, { touches: { commits: 2, pending: 0 } })
      assert.match((await kept.run("status")).stdout, /^to derive +nothing$/m)
    } finally {
      await kept.close()
    }
  }, 120_000)
})
