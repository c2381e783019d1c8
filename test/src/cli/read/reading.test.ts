/** `musehub tree`, `show`, `log` and `diff`: what people and programs see of a history, and what a terminal gets. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Hub, startHub } from "../inProcess.ts"
import { field, programArguments } from "../program.ts"

describe("commands that look into a repository", () => {
  let hub: Hub
  let first: string
  let second: string
  let topic: string

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", "--owner", "ada", "--name", "songs", "--no-initialize")
    first = await hub.commit("songs", "main", "first\n\nbody", { "a.txt": "1\n2\n3\n", "dir/b": "b\n", gone: "x" })
    await hub.json("branch", "create", "ada/songs", "topic", "--from", "main")
    second = await hub.commit("songs", "main", "second", { "a.txt": "1\n\u001b[2J\t2\n3\n", "new\u001b[31m": "\0" })
    topic = await hub.commit("songs", "topic", "on topic", { "dir/c": "c\n" })
  })
  afterAll(() => hub.close())

  it("list a folder, or all files below it", async () => {
    const { stdout } = await hub.run("tree", "ada/songs")
    assert.strictEqual(stdout, "a.txt\ndir/\ngone\nnew\\u001b[31m\n")
    assert.strictEqual((await hub.run("tree", "ada/songs", "dir", "--ref", "topic")).stdout, "dir/b\ndir/c\n")
    const listed = await hub.json("tree", "ada/songs", "--ref", first, "--recursive")
    assert.deepInclude(listed, { commitId: first, path: "" })
    assert.deepStrictEqual(
      (field(listed, "items") as ReadonlyArray<unknown>).map((item) => [field(item, "type"), field(item, "path")]),
      ["a.txt", "dir/b", "gone"].map((path) => ["file", path])
    )
    const unknown = await hub.run("tree", "ada/songs", "none")
    assert.deepStrictEqual([unknown.code, unknown.stdout], [1, ""])
    assert.match(unknown.stderr, /^musehub: commit \w+ has no "none"; the root has "a.txt", "dir\/", .*\n$/)
  })

  it("show a commit and its lines, without what a terminal would obey", async () => {
    const { stdout } = await hub.run("show", "ada/songs")
    assert.deepStrictEqual(stdout.split("\n").slice(-15), [
      "",
      "    second",
      "",
      "2 files, +1 -1",
      "",
      "modified a.txt",
      "@@ -1,3 +1,3 @@",
      " 1",
      "-2",
      "+\\u001b[2J\t2",
      " 3",
      "",
      "added new\\u001b[31m",
      "binary",
      ""
    ])
    assert.include(stdout, `commit ${second}\nparent ${first}\n`)
    const shown = await hub.json("show", "ada/songs", first, "--path", "dir")
    assert.deepInclude(shown, { commitId: first, message: "first\n\nbody", parents: [] })
    const [file, ...others] = field(shown, "files") as ReadonlyArray<unknown>
    assert.deepInclude(file, { status: "added", path: "dir/b", added: 1, removed: 0, truncated: false })
    assert.lengthOf(others, 0)
    assert.strictEqual((await hub.run("show", "ada/songs", "--parent", "2")).code, 1)
  })

  it("write the files of a commit into one that is new", async () => {
    const file = join(hub.directory, "songs.zip")
    const line = ["archive", "ada/songs", "--ref", first, "--format", "zip", "-o", file]
    const folder = `songs-${first.slice(0, 12)}`
    assert.deepStrictEqual(await hub.json(...line), { file, format: "zip", commitId: first, folder, files: 3 })
    assert.strictEqual(readFileSync(file).subarray(0, 4).toString(), "PK\u0003\u0004")
    assert.match((await hub.run(...line)).stderr, /there is already a file .*songs\.zip/)
  })

  it("show what one ref changed since it left another", async () => {
    const compared = await hub.json("diff", "ada/songs", "main", "topic")
    assert.deepInclude(compared, { base: second, head: topic, mergeBase: first, ahead: 1, behind: 1 })
    assert.deepInclude((field(compared, "files") as ReadonlyArray<unknown>)[0], { status: "added", path: "dir/c" })
    assert.strictEqual(
      (await hub.run("diff", "ada/songs", "main", "topic")).stdout,
      `${topic} has 1 commit more than ${second}, and lacks 1\nsince ${first}:\n` +
        "1 file, +1 -0\n\nadded dir/c\n@@ -0,0 +1 @@\n+c\n"
    )
  })

  it("find lines, paths and commits", async () => {
    const lines = await hub.run("search", "ada/songs", "2")
    assert.strictEqual(lines.stdout, "a.txt:2: \\u001b[2J\\u00092\n")
    assert.strictEqual((await hub.run("search", "ada/songs", "DIR", "--in", "paths")).stdout, "dir/b\n")
    assert.strictEqual((await hub.run("search", "ada/songs", "BODY", "--in", "commits")).stdout, `${first} first\n`)
    const found = await hub.json("search", "ada/songs", "c", "--ref", "topic")
    assert.deepStrictEqual(found, [{ type: "line", path: "dir/c", line: 1, column: 1, preview: "c" }])
    assert.strictEqual((await hub.run("search", "ada/songs", "")).code, 2)
  })

  it("go through $PAGER on a terminal, in colours", () => {
    const objects = `file:${join(hub.directory, "objects")}`
    const command = [process.execPath, ...programArguments, "show", "ada/songs", "topic", "--object-store", objects]
    const onTerminal = (environment: Record<string, string>) =>
      // A pseudo-terminal of util-linux.
      execFileSync(
        "script",
        ["-qec", [...command, "--index", "memory:", "--log-level", "error"].join(" "), "/dev/null"],
        {
          cwd: hub.directory,
          env: { PATH: process.env["PATH"] ?? "", HOME: hub.directory, ...environment }
        }
      )
        .toString()
        .replaceAll("\r\n", "\n")
    const paged = onTerminal({ PAGER: "sed s/^/page:/", TERM: "xterm" })
    assert.include(paged, `page:\u001b[1mcommit\u001b[22m \u001b[33m${topic}\u001b[39m\n`)
    assert.include(paged, "page:\u001b[32m+c\u001b[39m\n")
    const plain = onTerminal({ PAGER: "", NO_COLOR: "1" })
    assert.include(plain, `commit ${topic}\nparent ${first}\n`)
    assert.include(onTerminal({ PAGER: "no-such-pager", NO_COLOR: "1" }), `commit ${topic}\n`)
  })
})
