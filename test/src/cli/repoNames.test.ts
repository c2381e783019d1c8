/** `musehub repo rename`, `transfer`, `fork`, `archive` and `unarchive`, over a folder of objects. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "./inProcess.ts"
import { field } from "./program.ts"

describe("repositories", () => {
  let hub: Hub
  let id: unknown

  const refused = async (line: string, ...args: ReadonlyArray<string>) =>
    assert.deepStrictEqual(await hub.run(...args), { code: 1, stdout: "", stderr: `musehub: ${line}\n` })

  beforeAll(async () => {
    hub = await startHub()
    id = field(await hub.json("repo", "create", "ada/songs", "--domain", "midi"), "repoId")
    for (const user of ["grace", "bob"]) await hub.json("user", "create", user)
  })
  afterAll(() => hub.close())

  it("are renamed, and the former name says what it is now", async () => {
    const renamed = await hub.json("repo", "rename", "ada/songs", "My Tunes")
    assert.deepInclude(renamed, { repoId: id, slug: "my-tunes", name: "My Tunes", domain: "midi", archived: false })
    await refused("ada/songs is now ada/my-tunes", "repo", "show", "ada/songs")
    await refused("there is no repository ada/songs that you can see", "repo", "show", "ada/songs", "--as", "bob")
    const again = await hub.run("repo", "rename", "ada/my-tunes", "tunes")
    assert.deepStrictEqual(again, { code: 0, stdout: "ada/tunes  tunes\n", stderr: "" })
    await hub.json("repo", "create", "ada/taken")
    await refused("there is already a repository ada/taken", "repo", "rename", "ada/tunes", "taken")
    assert.strictEqual((await hub.run("repo", "rename", "ada/tunes", "")).code, 2)
  })

  it("are transferred, by the operator at once, or by the two users", async () => {
    const moved = await hub.json("repo", "transfer", "ada/tunes", "bob")
    assert.deepInclude(moved, { repoId: id, owner: "bob", slug: "tunes" })
    await refused("ada/tunes is now bob/tunes", "repo", "show", "ada/tunes")
    assert.deepStrictEqual(await hub.json("repo", "collaborators", "bob/tunes"), [{ user: "ada", role: "write" }])

    const transfer = ["repo", "transfer", "bob/tunes", "grace", "--as"]
    await refused("there is no repository bob/tunes that you can see", ...transfer, "grace")
    assert.deepStrictEqual(await hub.run(...transfer, "bob"), {
      code: 0,
      stdout: "bob/tunes is offered to grace\n",
      stderr: ""
    })
    assert.deepStrictEqual(await hub.run(...transfer, "grace"), { code: 0, stdout: "grace/tunes\n", stderr: "" })
    await refused('there is no user "nobody"', "repo", "transfer", "grace/tunes", "nobody")
  })

  it("are forked by those who can read them", async () => {
    await hub.json("user", "create", "carl")
    await refused("there is no repository grace/tunes that you can see", "repo", "fork", "grace/tunes", "carl/tunes")
    const made = await hub.json("repo", "fork", "grace/tunes", "bob/Other Tunes")
    assert.deepInclude(made, { owner: "bob", slug: "other-tunes", visibility: "private", forkOf: id, domain: "midi" })
    await refused(
      "a fork of a private repository is private",
      "repo",
      "fork",
      "grace/tunes",
      "bob/more",
      "--visibility",
      "public"
    )
    await refused("there is already a repository bob/other-tunes", "repo", "fork", "grace/tunes", "bob/other-tunes")
  })

  it("are archived, which refuses every change, and unarchived", async () => {
    const archived = await hub.json("repo", "archive", "grace/tunes")
    assert.deepInclude(archived, { repoId: id, archived: true })
    assert.match((await hub.run("repo", "show", "grace/tunes")).stdout, /^visibility +private, archived$/m)
    const line = "grace/tunes is archived, so it can only be read; an administrator of it can unarchive it"
    await refused(line, "repo", "settings", "grace/tunes", "--visibility", "public")
    await refused(line, "repo", "rename", "grace/tunes", "airs")
    await refused(line, "branch", "create", "grace/tunes", "new", "--from", "main")
    await refused("bob has no admin access to grace/tunes", "repo", "unarchive", "grace/tunes", "--as", "bob")
    const ended = await hub.run("repo", "unarchive", "grace/tunes")
    assert.deepStrictEqual(ended, { code: 0, stdout: "grace/tunes can be changed\n", stderr: "" })
    await hub.json("repo", "settings", "grace/tunes", "--visibility", "public")
  })

  it("are deleted with --yes alone, and undeleted", async () => {
    const shown = await hub.run("repo", "show", "grace/tunes")
    const careless = await hub.run("repo", "delete", "grace/tunes")
    assert.strictEqual(careless.code, 2)
    assert.include(careless.stderr, "nothing was deleted: add --yes to delete grace/tunes with all its branches")
    await refused("bob has no admin access to grace/tunes", "repo", "delete", "grace/tunes", "--yes", "--as", "bob")
    const deleted = await hub.run("repo", "delete", "grace/tunes", "--yes")
    const line = "grace/tunes is deleted; to undo that, within 14 days at least: musehub repo undelete grace/tunes\n"
    assert.deepStrictEqual(deleted, { code: 0, stdout: line, stderr: "" })
    const listed = await hub.json("repo", "list", "--deleted")
    const row: unknown = Array.isArray(listed) ? listed[0] : listed
    assert.deepInclude(row, { repoId: id, owner: "grace", slug: "tunes", deletedBy: "grace" })
    const days = (name: string) => Date.parse(String(field(row, name))) / (24 * 60 * 60 * 1000)
    assert.strictEqual(days("keptUntil") - days("deletedAt"), 14)
    const lines = (await hub.run("repo", "list", "--deleted", "--owner", "grace")).stdout.split("\n")
    assert.match(String(lines[0]), /^REPOSITORY +DELETED +BY +KEPT UNTIL +ID$/)
    assert.match(String(lines[1]), new RegExp(`^grace/tunes +\\S+Z +grace +\\S+Z +${String(id)}$`))
    assert.deepStrictEqual(await hub.json("repo", "list", "--deleted", "--owner", "bob"), [])
    await refused("there is no repository grace/tunes that you can see", "repo", "show", "grace/tunes")
    await refused("there is no repository grace/tunes that you can see", "repo", "delete", "grace/tunes", "--yes")
    await refused("there is already a repository grace/tunes", "repo", "create", "grace/tunes")
    const unknown = "there is no repository grace/tunes that you can see"
    await refused(unknown, "repo", "undelete", "grace/tunes", "--as", "bob")
    for (const _ of ["once", "and again"]) {
      assert.deepInclude(await hub.json("repo", "undelete", "grace/tunes"), { repoId: id, archived: false })
    }
    assert.deepStrictEqual(await hub.json("repo", "list", "--deleted"), [])
    assert.deepStrictEqual(await hub.run("repo", "show", "grace/tunes"), shown)
  })
})
