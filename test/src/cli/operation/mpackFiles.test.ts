/** `musehub repo export` writes a file of which `repo import` makes the same repository. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Hub, startHub } from "../inProcess.ts"
import { field } from "../program.ts"

describe("musehub repo export and import", () => {
  let hub: Hub
  let file: string

  beforeAll(async () => {
    hub = await startHub()
    file = join(hub.directory, "songs.mpack")
    await hub.json("repo", "create", "ada/songs")
    await hub.commit("songs", "main", "a song", { song: "la la la\n" })
  })
  afterAll(() => hub.close())

  it("carry the branches of a repository to another one", async () => {
    const exported = await hub.json("repo", "export", "ada/songs", file)
    assert.deepInclude(exported, { file, branches: 1, commits: 2, snapshots: 2, blobs: 1 })
    const dry = await hub.json("repo", "import", file, "grace/songs", "--dry-run")
    assert.deepInclude(dry, { dryRun: true, newOwner: true, packs: 1, largeBlobs: 0, money: 0 })
    assert.deepStrictEqual(await hub.json("repo", "list", "--owner", "grace"), [], "nothing was made")
    const told = await hub.run("repo", "import", file, "grace/songs", "--dry-run")
    assert.match(
      told.stdout,
      /^would make \d+ commits?, \d+ branch\S*, and their owner: 1 pack, 0 large blobs\nstores {4}/
    )
    assert.match(told.stdout, /\nrequests {2}2 LIST, 2 GET, 0 HEAD, 4 PUT, 0 DELETE, 0 B\ncost {6}nothing: /)
    assert.strictEqual((await hub.run("repo", "import", file, "grace/songs", "--prices", "none")).code, 2)
    const imported = await hub.json("repo", "import", file, "grace/songs", "--visibility", "public")
    assert.deepInclude(imported, { owner: "grace", slug: "songs", visibility: "public", defaultBranch: "main" })
    const [one, other] = [await hub.json("log", "ada/songs"), await hub.json("log", "grace/songs")]
    assert.deepStrictEqual(other, one)
    assert.strictEqual((await hub.run("verify", "--deep")).code, 0)
  })

  it("take no file's place, and leave none behind", async () => {
    const taken = join(hub.directory, "taken")
    await writeFile(taken, "mine")
    const { code, stderr, stdout } = await hub.run("repo", "export", "ada/songs", taken)
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.include(stderr, `there is already a file ${taken}`)
    assert.strictEqual(await readFile(taken, "utf8"), "mine")
    const nowhere = await hub.run("repo", "export", "ada/songs", join(hub.directory, "none", "songs.mpack"))
    assert.strictEqual(nowhere.code, 1)
    assert.deepStrictEqual(
      (await readdir(hub.directory)).filter((name) => name.endsWith(".part")),
      []
    )
  })

  it("refuse what is no whole file, and make nothing of it", async () => {
    const cut = join(hub.directory, "cut.mpack")
    await writeFile(cut, (await readFile(file)).subarray(0, -10))
    for (const [path, reason] of [
      [cut, "mpack refused"],
      [join(hub.directory, "none.mpack"), "cannot be read"]
    ] as const) {
      const { code, stderr, stdout } = await hub.run("repo", "import", path, "grace/cut")
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.include(stderr, reason)
    }
    const taken = await hub.run("repo", "import", file, "grace/songs")
    assert.strictEqual(taken.code, 1)
    assert.include(taken.stderr, "there is already a repository grace/songs")
    const rebuilt = await hub.run("rebuild")
    assert.strictEqual(rebuilt.code, 0, `what was put for it is no loss: ${rebuilt.stdout}`)
    const listed = await hub.run("repo", "show", "grace/cut")
    assert.strictEqual(listed.code, 1)
    assert.strictEqual(field(await hub.json("repo", "show", "ada/songs"), "slug"), "songs")
  })
})
