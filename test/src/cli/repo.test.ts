/** `musehub repo` over a folder of objects: what is shown, what is changed, and for which user. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "./inProcess.ts"
import { field } from "./program.ts"

describe("repositories", () => {
  let hub: Hub

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", "--owner", "ada", "--name", "Symphony No. 1")
    for (const user of ["grace", "bob"]) await hub.json("user", "create", user)
  })
  afterAll(() => hub.close())

  it("are shown as their root says", async () => {
    const shown = await hub.json("repo", "show", "ada/symphony-no-1")
    assert.deepStrictEqual(Object.keys(shown as object), [
      "repoId",
      "owner",
      "slug",
      "name",
      "visibility",
      "archived",
      "forkOf",
      "domain",
      "defaultBranch",
      "description",
      "createdAt",
      "branches",
      "openProposals",
      "stars"
    ])
    assert.deepInclude(shown, { name: "Symphony No. 1", visibility: "private", branches: 1, openProposals: 0 })
    const { stdout } = await hub.run("repo", "show", "ada/symphony-no-1")
    assert.match(stdout, /^repository +ada\/symphony-no-1\nname +Symphony No. 1\n/)
  })

  it("are changed setting by setting, and other settings stay", async () => {
    const hostile = "first\n\u001b[2Jsecond\u202e\u009b31m"
    const described = await hub.json("repo", "settings", "ada/symphony-no-1", "--description", hostile)
    assert.deepInclude(described, { description: hostile, visibility: "private", defaultBranch: "main" })
    const opened = await hub.json("repo", "settings", "ada/symphony-no-1", "--visibility", "public")
    assert.deepInclude(opened, { description: hostile, visibility: "public" })

    const forPeople = await hub.run("repo", "show", "ada/symphony-no-1")
    assert.isTrue(forPeople.stdout.endsWith("\n\nfirst\n\\u001b[2Jsecond\\u202e\\u009b31m\n"), forPeople.stdout)
    const forMachines = await hub.run("repo", "show", "ada/symphony-no-1", "--json")
    assert.notMatch(forMachines.stdout.trimEnd(), /[\p{Cc}\p{Bidi_Control}]/u)
    assert.strictEqual(field(JSON.parse(forMachines.stdout), "description"), hostile)

    assert.deepStrictEqual(await hub.run("repo", "settings", "ada/symphony-no-1", "--default-branch", "none"), {
      code: 1,
      stdout: "",
      stderr: 'musehub: there is no branch "none"\n'
    })
    const nothing = await hub.run("repo", "settings", "ada/symphony-no-1")
    assert.strictEqual(nothing.code, 2)
    assert.match(nothing.stderr, /^musehub repo settings: name at least one of --description, .*\n$/)
  })

  it("can be packed any number of times", async () => {
    await hub.json("repo", "create", "--owner", "ada", "--name", "many")
    const nothing = { merged: [], into: null }
    assert.deepStrictEqual(await hub.json("repo", "pack", "ada/many"), nothing)
    for (const time of ["one", "two", "three"]) await hub.commit("many", "main", time, { [`${time}.txt`]: time })
    const done = (await hub.json("repo", "pack", "ada/many")) as {
      readonly merged: ReadonlyArray<string>
      readonly into: { readonly sha256: string; readonly size: number; readonly objects: number }
    }
    assert.isAtLeast(done.merged.length, 2)
    assert.match(done.into.sha256, /^[0-9a-f]{64}$/)
    assert.isAtLeast(done.into.objects, 2 * 3)
    assert.notInclude(done.merged, done.into.sha256)
    assert.deepStrictEqual(await hub.json("repo", "pack", "ada/many"), nothing)
    assert.strictEqual((await hub.run("repo", "pack", "ada/many")).stdout, "nothing to merge\n")
    assert.strictEqual((await hub.run("repo", "pack", "ada/many", "--as", "bob")).code, 1)
  })

  it("are shared by roles, which limit what --as may do", async () => {
    const repository = "ada/symphony-no-1"
    await hub.json("repo", "settings", repository, "--visibility", "private")
    const hidden = { code: 1, stdout: "", stderr: `musehub: there is no repository ${repository} that you can see\n` }
    assert.deepStrictEqual(await hub.run("repo", "show", repository, "--as", "grace"), hidden)

    assert.deepStrictEqual(await hub.json("repo", "grant", repository, "grace", "--role", "write"), {
      user: "grace",
      role: "write"
    })
    await hub.json("repo", "grant", repository, "bob", "--role", "read")
    assert.deepStrictEqual(await hub.json("repo", "collaborators", repository), [
      { user: "bob", role: "read" },
      { user: "grace", role: "write" }
    ])
    assert.strictEqual((await hub.run("repo", "show", repository, "--as", "grace")).code, 0)
    assert.deepStrictEqual(await hub.run("repo", "collaborators", repository, "--as", "grace"), {
      code: 1,
      stdout: "",
      stderr: `musehub: grace has no admin access to ${repository}\n`
    })

    assert.deepStrictEqual(await hub.json("repo", "revoke", repository, "grace"), { user: "grace", role: null })
    assert.deepStrictEqual(await hub.run("repo", "show", repository, "--as", "grace"), hidden)
    const refused = [
      [["repo", "grant", repository, "nobody", "--role", "read"], 'there is no user "nobody"'],
      [
        ["repo", "grant", repository, "ada", "--role", "read"],
        "ada cannot be given a role: the owner already has admin access"
      ],
      [["repo", "show", repository, "--as", "nobody"], 'there is no user "nobody"'],
      [["repo", "show", "ada/none"], "there is no repository ada/none that you can see"]
    ] as const
    for (const [args, line] of refused) {
      assert.deepStrictEqual(await hub.run(...args), { code: 1, stdout: "", stderr: `musehub: ${line}\n` })
    }
  })

  it("list their history, the newest commit first", async () => {
    await hub.json("repo", "create", "ada/history")
    const first = await hub.commit("history", "main", "one\nmore of it", { "a.txt": "1\n" })
    const second = await hub.commit("history", "main", "two \u001b[31m", { "a.txt": "2\n" })
    const log = await hub.run("log", "ada/history")
    const lines = log.stdout.trimEnd().split("\n")
    assert.match(lines[1] ?? "", new RegExp(`^${second}  \\S+  ada     two \\\\u001b\\[31m$`))
    assert.match(lines[2] ?? "", new RegExp(`^${first}  \\S+  ada     one$`))
    assert.strictEqual(lines.length, 4)

    const [newest, ...others] = (await hub.json("log", "ada/history", "--limit", "1")) as ReadonlyArray<unknown>
    assert.deepStrictEqual(others, [])
    assert.deepStrictEqual(Object.keys(newest as object), [
      "commitId",
      "parents",
      "snapshotId",
      "committedAt",
      "author",
      "message"
    ])
    assert.deepInclude(newest, { commitId: second, parents: [first], message: "two \u001b[31m" })
    const older = (await hub.json("log", "ada/history", "--ref", first)) as ReadonlyArray<unknown>
    assert.strictEqual(field(older[0], "commitId"), first)
    assert.strictEqual((await hub.run("log", "ada/history", "--limit", "0")).code, 2)
    assert.strictEqual((await hub.run("log", "ada/history", "--ref", "none")).code, 1)
  })
})
