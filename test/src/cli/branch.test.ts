/** `musehub branch` over a folder of objects: the life of a branch without a clone. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "./inProcess.ts"
import { field } from "./program.ts"

const repository = "ada/symphony"

describe("branches", () => {
  let hub: Hub

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", repository)
  })
  afterAll(() => hub.close())

  it("are created, renamed, deleted and restored, and the reflog shows it", async () => {
    const main = await hub.commit("symphony", "main", "one", { "a.txt": "1\n" })
    const made = { name: "finale", head: main, isDefault: false, protection: null, warnings: [] }
    assert.deepStrictEqual(await hub.json("branch", "create", repository, "finale", "--from", "main"), made)
    const coda = { ...made, name: "coda" }
    assert.deepStrictEqual(await hub.json("branch", "create", repository, "coda", "--from", main), coda)
    const head = await hub.commit("symphony", "coda", "two", { "b.txt": "2\n" })

    const renamed = { ...coda, name: "codetta", head }
    assert.deepStrictEqual(await hub.json("branch", "rename", repository, "coda", "codetta"), renamed)
    assert.deepStrictEqual(await hub.json("branch", "list", repository), [
      renamed,
      made,
      { ...made, name: "main", isDefault: true }
    ])
    const listed = await hub.run("branch", "list", repository)
    assert.match(listed.stdout, new RegExp(`\\ncodetta  ${head} +none\\n.*\\nmain +${main}  default  none\\n$`))

    assert.deepStrictEqual(await hub.run("branch", "delete", repository, "codetta", "--expect", main), {
      code: 1,
      stdout: "",
      stderr: `musehub: branch "codetta" is at ${head}, not at ${main} as expected\n`
    })
    assert.deepStrictEqual(await hub.json("branch", "delete", repository, "codetta", "--expect", head), {
      name: "codetta"
    })
    assert.deepStrictEqual(await hub.json("branch", "restore", repository, "codetta", head), renamed)

    const reflog = (await hub.json("branch", "reflog", repository, "codetta")) as ReadonlyArray<unknown>
    assert.deepStrictEqual(
      reflog.map((entry) => ["action", "by", "from", "to", "proposal"].map((name) => field(entry, name))),
      [
        ["restore-branch", "ada", null, head, null],
        ["delete-branch", "ada", head, null, null],
        ["rename-branch", "ada", null, head, null]
      ]
    )
    const newest = await hub.run("branch", "reflog", repository, "codetta", "--limit", "1")
    assert.match(newest.stdout, new RegExp(`^TIME .*\\n\\S+  restore-branch  ada  ${head}\\n$`))
  })

  it("are protected by their admins, and then only move forward", async () => {
    await hub.json("user", "create", "grace")
    await hub.json("repo", "grant", repository, "grace", "--role", "write")
    const protect = ["branch", "protect", repository, "main", "--approvals", "1", "--self-approval"] as const
    assert.strictEqual((await hub.run(...protect, "--as", "grace")).code, 1)
    const protection = { approvals: 1, selfApproval: true }
    assert.deepStrictEqual(await hub.json(...protect), { name: "main", protection })
    const listed = await hub.run("branch", "list", repository)
    assert.match(listed.stdout, /default  1 approval, the author's counts\n/)
    assert.deepStrictEqual(await hub.run("branch", "rename", repository, "main", "trunk"), {
      code: 1,
      stdout: "",
      stderr: 'musehub: branch "main" is protected: it only moves forward\n'
    })
    assert.deepStrictEqual(await hub.json("branch", "unprotect", repository, "main"), {
      name: "main",
      protection: null
    })
    assert.strictEqual((await hub.run("branch", "protect", repository, "main", "--approvals", "11")).code, 2)
  })

  it("are printed without control characters", async () => {
    const hostile = "\u001b]0;owned\u0007"
    const made = await hub.run("branch", "create", repository, hostile, "--from", "main")
    assert.match(made.stdout, /^\\u001b\]0;owned\\u0007 {2}[0-9a-f]{64}\n$/)
    const again = await hub.run("branch", "create", repository, `${hostile}\u009b`, "--from", "none\u009b")
    assert.deepStrictEqual(again, { code: 1, stdout: "", stderr: 'musehub: there is no branch "none\\u009b"\n' })
    assert.include((await hub.run("branch", "list", repository)).stdout, "\n\\u001b]0;owned\\u0007  ")
    await hub.json("branch", "delete", repository, hostile)
  })

  it("with invalid names or targets are refused in one line", async () => {
    const cases = [
      [["create", repository, "a..b", "--from", "main"], 1, /contains two dots in a row\n$/],
      [["create", repository, "main", "--from", "main"], 1, /^musehub: there is already a branch "main"\n$/],
      [["delete", repository, "main"], 1, /is the default branch; choose another one before it is deleted\n$/],
      [["restore", repository, "main", "0".repeat(64)], 1, /^musehub: branch "main" was never at 0+\n$/],
      [["reflog", repository, "none"], 1, /^musehub: there is no branch "none"\n$/],
      [["delete", repository, "main", "--expect", "main"], 2, /^musehub branch delete: .*--expect.*64 hexadecimal/],
      [["restore", repository, "main", "main"], 2, /^musehub branch restore: .*COMMIT.*64 hexadecimal/],
      [["create", repository, "x"], 2, /^musehub branch create: .*--from/],
      [["list", "nobody"], 2, /^musehub branch list: .*OWNER\/SLUG/]
    ] as const
    for (const [args, exitCode, line] of cases) {
      const { code, stdout, stderr } = await hub.run("branch", ...args)
      assert.deepStrictEqual([code, stdout], [exitCode, ""])
      assert.match(stderr, line)
    }
  })
})
