/** `musehub verify` says what a folder lost, as a line or as JSON, and which command lines it does not take. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Hub, startHub } from "../inProcess.ts"
import { field, json, run, start } from "../program.ts"

describe("musehub verify", () => {
  let hub: Hub
  let id: string

  beforeAll(async () => {
    hub = await startHub()
    id = String(field(await hub.json("repo", "create", "ada/songs"), "repoId"))
    await hub.commit("songs", "main", "a song", { song: "la la la\n" })
  })
  afterAll(() => hub.close())

  it("is quiet about a sound hub, at each level", async () => {
    for (const level of [[], ["--quick"], ["--deep"]]) {
      const { code, stderr, stdout } = await hub.run("verify", ...level)
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^(notice [^\n]+\n)*1 repository, 2 packs, \d+ objects read \([^)]+\): no faults[^\n]*\n$/)
    }
  })

  it("tells each finding on a line, with the file and what mends it", async () => {
    const packs = join(hub.directory, "objects", "repositories", id, "packs")
    const [pack] = await readdir(packs)
    assert.isDefined(pack)
    await rm(join(packs, pack))
    const place = `repositories/${id}/packs/${pack}`
    const { code, stderr, stdout } = await hub.run("verify", "--repo", "ada/songs")
    assert.deepStrictEqual([code, stderr.slice(0, 21)], [1, "musehub: the hub has "])
    assert.include(
      stdout,
      `fault PackMissing in ada/songs: ${place} is not there, and repositories/${id}/root names it`
    )
    assert.include(stdout, "to mend it: put what it held back from ")

    const shown = await hub.run("verify", "--json")
    assert.strictEqual(shown.code, 1)
    const lines = shown.stdout.trimEnd().split("\n")
    const values = lines.map((line): unknown => JSON.parse(line))
    const missing = values.find((value) => field(value, "finding") === "PackMissing")
    assert.deepInclude(missing, { severity: "fault", repository: id, name: "ada/songs", place })
    const last = values.at(-1)
    assert.strictEqual(field(last, "finding"), null)
    assert.strictEqual(field(last, "level"), "default")
    assert.strictEqual(field(last, "faults"), values.filter((value) => field(value, "severity") === "fault").length)
  })

  it("reads files and a Postgres, and passes over what it has read", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-verify-"))
    try {
      const musehub = (...args: ReadonlyArray<string>) => run(args, { directory })
      assert.strictEqual((await musehub("repo", "create", "ada/songs")).code, 0)
      assert.strictEqual((await musehub("repo", "fork", "ada/songs", "ada/tunes")).code, 0)
      const deep = await musehub("verify", "--deep")
      assert.deepStrictEqual([deep.code, deep.stderr], [0, ""])
      assert.match(deep.stdout, /^2 repositories, 2 packs, \d+ objects read \([^)]+\): no faults\n$/)
      const again = json(await musehub("verify", "--deep", "--since", "1h", "--json"))
      assert.deepInclude(again, { finding: null, level: "deep", repositories: 2, skipped: 2, faults: 0 })

      assert.strictEqual((await musehub("repo", "create", "ada/unread")).code, 0)
      assert.strictEqual((await musehub("verify", "--repo", "ada/unread")).code, 0)
      const covered = field(json(await musehub("status", "--coverage", "--json")), "coverage")
      assert.strictEqual(field(covered, "repositories"), 3)
      assert.strictEqual(field(field(covered, "objects"), "repositories"), 3)
      assert.strictEqual(field(field(covered, "bytes"), "repositories"), 2)
      const { stdout } = await musehub("status", "--coverage")
      assert.match(stdout, /^every byte was read +of 2 of 3 repositories since \d{4}-[^\n]+Z, of 2 within 30 days$/m)
      const all = /^all but the bytes of blobs was read +within the last 30 days, the oldest part at \d{4}-\S+Z$/m
      assert.match(stdout, all)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it("ends where the store does not answer, and says how to go on", async () => {
    const other = await startHub()
    try {
      const broken = String(field(await other.json("repo", "create", "ada/songs"), "repoId"))
      const root = join(other.directory, "objects", "repositories", broken, "root")
      await rm(root)
      await mkdir(root)
      const { code, stderr } = await other.run("verify")
      assert.strictEqual(code, 3, stderr)
      assert.match(stderr, /^to go on where this run ended: add --since \d{4}-\d\d-\d\dT[\d:.]+Z$/m)
      assert.notInclude((await other.run("verify", "--quick")).stderr, "to go on")
      const rebuilt = await other.run("rebuild")
      assert.strictEqual(rebuilt.code, 3)
      assert.match(rebuilt.stderr, /^run it again to go on: what was recorded is not read again$/m)
    } finally {
      await other.close()
    }
  })

  it("restores a lost pack from a copy of the folder, and refuses the folder itself", async () => {
    const other = await startHub()
    try {
      const lost = String(field(await other.json("repo", "create", "ada/songs"), "repoId"))
      const [objects, backup] = [join(other.directory, "objects"), join(other.directory, "backup")]
      await cp(objects, backup, { recursive: true })
      const packs = join(objects, "repositories", lost, "packs")
      const [pack = ""] = await readdir(packs)
      await rm(join(packs, pack))
      const itself = await other.run("verify", "--repair", "--from", `file:${objects}`)
      assert.deepStrictEqual([itself.code, itself.stdout], [2, ""])
      assert.include(itself.stderr, "the hub's own object store")
      const { code, stdout } = await other.run("verify", "--repair", "--from", `file:${backup}`)
      assert.strictEqual(code, 0, stdout)
      assert.match(stdout, /: no faults(, \d+ notices?)?, \d+ faults? mended\n$/)
      assert.deepStrictEqual(await readdir(packs), [pack])
      assert.strictEqual((await other.run("verify", "--deep")).code, 0)
    } finally {
      await other.close()
    }
  })

  it("puts lost objects back from a clone, and refuses a folder that is none", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-verify-from-"))
    const env = { MUSEHUB_OBJECT_STORE: "file:objects", MUSEHUB_INDEX: "embedded:index", MUSEHUB_PORT: "0" }
    const musehub = (...args: ReadonlyArray<string>) => run(args, { directory, env })
    try {
      const made = json(await musehub("repo", "create", "ada/songs", "--visibility", "public", "--json"))
      const hub = start(["serve", "--json"], { directory, env })
      const url = String(field(JSON.parse(await hub.firstLine), "url")).replace(/\/$/, "")
      assert.strictEqual((await musehub("clone", `${url}/ada/songs`, "songs")).code, 0)
      hub.signal("SIGTERM")
      await hub.ended
      const packs = join(directory, "objects", "repositories", String(field(made, "repoId")), "packs")
      for (const pack of await readdir(packs)) await rm(join(packs, pack))
      const none = await musehub("verify", "--repair", "--from", "objects")
      assert.deepStrictEqual([none.code, none.stdout], [2, ""])
      assert.match(none.stderr, /--from: .*objects is no muse repository: .*; a store is named by a URL/)
      const { code, stdout } = await musehub("verify", "--repair", "--from", "songs")
      assert.strictEqual(code, 0, stdout)
      assert.match(stdout, /: no faults(, \d+ notices?)?, \d+ faults? mended\n$/)
      assert.strictEqual((await musehub("verify", "--deep")).code, 0)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it("calls nothing sound that no hub has used, and leaves it as it is", async () => {
    const other = await startHub()
    const nowhere = join(other.directory, "nowhere")
    const empty = join(other.directory, "empty")
    try {
      await other.json("repo", "create", "ada/songs")
      await mkdir(empty)
      for (const [folder, reason] of [
        [nowhere, `there is no folder "${nowhere}"`],
        [empty, `no hub has used file:${empty}, which is empty`]
      ] as const) {
        const url = `file:${folder}`
        for (const command of ["verify", "rebuild", "drill"]) {
          const { code, stderr, stdout } = await run([command, "--object-store", url, "--index", "memory:"], other)
          assert.deepStrictEqual([code, stdout], [2, ""], `${command} ${folder}`)
          assert.include(stderr, `--object-store: ${reason}`)
        }
        const backup = await other.run("verify", "--repair", "--from", url)
        assert.deepStrictEqual([backup.code, backup.stdout], [2, ""], folder)
        assert.include(backup.stderr, `--from: ${reason}`)
      }
      for (const command of [["status"], ["repo", "list"], ["log", "ada/songs"], ["gc"], ["token", "list"]]) {
        for (const url of [`file:${nowhere}`, `file://${nowhere}`]) {
          const { code, stderr, stdout } = await run([...command, "--object-store", url, "--index", "memory:"], other)
          assert.deepStrictEqual([code, stdout], [2, ""], command.join(" "))
          assert.include(stderr, `--object-store: there is no folder "${nowhere}"`)
        }
        const { code } = await run([...command, "--object-store", `file:${empty}`, "--index", "memory:"], other)
        assert.strictEqual(code, 2, command.join(" "))
      }
      assert.isFalse(existsSync(nowhere))
      assert.deepStrictEqual(await readdir(empty), [])
    } finally {
      await other.close()
    }
  })

  it("does not take what it cannot do, and says when the index is away", async () => {
    for (const [args, reason] of [
      [["--repo", "ada/none"], "the hub has no repository ada/none"],
      [["--repo", "none"], "OWNER/SLUG"],
      [["--quick", "--deep"], "exclude each other"],
      [["--clone", ".", "--deep"], "about a folder"],
      [["--quick", "--repair"], "needs to know"],
      [["--since", "tomorrow"], "a time ago"],
      [["--from", "file:backup"], "add --repair"],
      [["--repair", "--from", "ftp://backup"], "--from"],
      [["--sample", "0"], "from 1 to 100"]
    ] as const) {
      const { code, stderr, stdout } = await hub.run("verify", ...args)
      assert.deepStrictEqual([code, stdout], [2, ""], args.join(" "))
      assert.include(stderr, reason)
    }
    const store = ["--object-store", `file:${join(hub.directory, "objects")}`]
    const away = await run(["verify", ...store, "--index", "postgres://hub@127.0.0.1:9/hub"], hub)
    assert.deepStrictEqual([away.code, away.stdout], [3, ""])
  })
})
