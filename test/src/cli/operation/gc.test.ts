/** `musehub gc` makes a plan, carries it out, and says why it does not. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { randomBytes, createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Hub, startHub } from "../inProcess.ts"
import { field, json } from "../program.ts"

describe("musehub gc", () => {
  let hub: Hub
  let id: string
  const indexUrl = (directory: string) => `embedded:${join(directory, "index")}`
  const planFile = () => join(hub.directory, "plan.json")

  beforeAll(async () => {
    hub = await startHub(indexUrl)
    id = String(field(await hub.json("repo", "create", "ada/songs"), "repoId"))
    await hub.commit("songs", "main", "a song", { song: randomBytes(200_000).toString("hex") })
  }, 120_000)
  afterAll(() => hub.close())

  it("does not begin before the store was probed", async () => {
    const { code, stderr } = await hub.run("gc", "--out", planFile())
    assert.strictEqual(code, 1)
    assert.match(stderr, /^musehub: ProbeMissing: the store was never probed; run musehub probe[^\n]*\n$/)
    assert.strictEqual((await hub.run("probe")).code, 0)
  })

  it("plans what is garbage, and deletes that alone", async () => {
    const blobs = join(hub.directory, "objects", "repositories", id, "blobs")
    const bytes = randomBytes(1000)
    const file = join(blobs, createHash("sha256").update(bytes).digest("hex"))
    await mkdir(blobs, { recursive: true })
    await writeFile(file, bytes)
    const young = await hub.run("gc", "--out", join(hub.directory, "young.json"))
    assert.deepStrictEqual([young.code, young.stdout.slice(0, 17)], [0, "nothing to delete"], young.stderr)
    const old = new Date(Date.now() - 15 * 24 * 60 * 60 * 1000)
    await utimes(file, old, old)

    const made = json(await hub.run("gc", "--repo", "ada/songs", "--out", planFile(), "--json"))
    assert.deepStrictEqual(field(made, "summary"), [{ kind: "blob", count: 1, bytes: 1000 }])
    assert.deepStrictEqual(field(made, "freed"), { bytes: 1000, moneyPerMonth: 0 })
    assert.deepInclude(field(field(made, "apply"), "requests"), { delete: 3 })
    const shown = await hub.run("gc", "--out", join(hub.directory, "shown.json"))
    assert.match(shown.stdout, /^1 large blobs .*\nrequests {2}\d+ LIST, .* 3 DELETE, .*\ncost {6}nothing: /)
    assert.match(shown.stdout, /\nfrees {5}1\S+ \w+\nnothing was deleted/)
    const taken = await hub.run("gc", "--out", planFile())
    assert.deepStrictEqual([taken.code, taken.stdout], [2, ""], "a plan takes no file's place")
    assert.match(taken.stderr, /plan\.json" cannot be written: there is already a file of that name\n$/)
    assert.strictEqual((await readFile(file)).byteLength, 1000)
    const done = await hub.run("gc", "--apply", planFile())
    assert.deepStrictEqual([done.code, done.stderr], [0, ""])
    assert.match(done.stdout, /^deleted: 0 packs, 1 large blobs/)
    const again = json(await hub.run("gc", "--apply", planFile(), "--json"))
    assert.deepInclude(again, { blobs: 0, left: 1 })
    const verified = await hub.run("verify", "--deep")
    assert.strictEqual(verified.code, 0, verified.stdout)
  })

  it("refuses a file that it cannot write before it looks at anything, and leaves no part of one", async () => {
    const damaged = join(hub.directory, "objects", "repositories", id, "root")
    const root = await readFile(damaged)
    await writeFile(damaged, "junk")
    const nowhere = await hub.run("gc", "--out", join(hub.directory, "no-folder", "plan.json"))
    assert.deepStrictEqual([nowhere.code, nowhere.stdout], [2, ""])
    assert.match(nowhere.stderr, /^musehub: the plan \S+ cannot be written: ENOENT: [^\n]*\n$/)
    await writeFile(damaged, root)
    assert.deepStrictEqual(
      (await readdir(hub.directory)).filter((name) => name.endsWith(".part")),
      []
    )
  })

  it("says how to go on where the store does not answer", async () => {
    const root = join(hub.directory, "objects", "repositories", id, "root")
    await rename(root, `${root}.kept`)
    await mkdir(root)
    const { code, stderr } = await hub.run("gc", "--out", join(hub.directory, "unmade.json"))
    const proof = await hub.run("rebuild", "--prove")
    await rm(root, { recursive: true })
    await rename(`${root}.kept`, root)
    assert.strictEqual(code, 3, stderr)
    assert.match(stderr, /^nothing was deleted, and no plan was written: run it again$/m)
    assert.strictEqual(proof.code, 3, proof.stderr)
    assert.match(proof.stderr, /^the proof was not finished, and changed nothing: run it again$/m)
  })

  it("takes no file that is not a plan, and no flags that it would not follow", async () => {
    await writeFile(planFile(), "{}")
    for (const [args, code, reason] of [
      [["--apply", planFile()], 2, "is not a plan of musehub gc"],
      [["--apply", join(hub.directory, "none.json")], 2, "cannot be read"],
      [["--apply", planFile(), "--retention", "3d"], 2, "--apply takes a plan as it is"],
      [["--grace", "59m"], 2, "--grace is less than an hour"],
      [["--repo", "ada/none"], 2, "the hub has no repository ada/none"]
    ] as const) {
      const ended = await hub.run("gc", ...args)
      assert.strictEqual(ended.code, code, ended.stderr)
      assert.include(ended.stderr, reason)
    }
  })
})
