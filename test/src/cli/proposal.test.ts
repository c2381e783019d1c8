/** `musehub proposal` over a folder of objects: from opening to merging, and what prevents a merge. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Files, type Hub, startHub } from "./inProcess.ts"
import { field } from "./program.ts"

const repository = "ada/symphony"

describe("proposals", () => {
  let hub: Hub

  /** Makes a branch on main with one commit of its own. */
  const branch = async (name: string, files: Files) => {
    await hub.json("branch", "create", repository, name, "--from", "main")
    return hub.commit("symphony", name, `work on ${name}`, files)
  }
  const open = (from: string, ...args: ReadonlyArray<string>) =>
    hub.json("proposal", "open", repository, "--from", from, "--to", "main", "--title", `Merge ${from}`, ...args)
  const about = (verb: string, number: number, ...args: ReadonlyArray<string>) =>
    hub.json("proposal", verb, repository, String(number), ...args)
  const refused = async (args: ReadonlyArray<string>, line: string) =>
    assert.deepStrictEqual(await hub.run("proposal", ...args), { code: 1, stdout: "", stderr: `musehub: ${line}\n` })

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", repository, "--visibility", "public")
    await hub.commit("symphony", "main", "base", { "song.txt": "1\n2\n3\n" })
    for (const user of ["grace", "bob"]) await hub.json("user", "create", user)
    await hub.json("repo", "grant", repository, "grace", "--role", "write")
  })
  afterAll(() => hub.close())

  it("are opened, discussed, reviewed and merged", async () => {
    await hub.json("branch", "protect", repository, "main", "--approvals", "1")
    const fromHead = await branch("finale", { "finale.txt": "f\n" })
    const opened = await open("finale", "--body", "What do you think?")
    assert.deepStrictEqual(Object.keys(opened as object), [
      "number",
      "title",
      "author",
      "fromBranch",
      "toBranch",
      "state",
      "createdAt",
      "updatedAt",
      "body",
      "reviews",
      "comments",
      "merged",
      "fromHead",
      "toHead",
      "approvals",
      "approvalsNeeded"
    ])
    assert.deepInclude(opened, { number: 1, author: "ada", state: "open", fromHead, approvals: [], approvalsNeeded: 1 })
    await refused(
      ["open", repository, "--from", "finale", "--to", "main", "--title", "Again"],
      'proposal 1 to merge "finale" into "main" is open already'
    )

    assert.deepInclude(await about("comment", 1, "--body", "In B flat?", "--as", "bob"), { id: 1, by: "bob" })
    assert.deepInclude(await about("edit", 1, "--title", "A finale"), { title: "A finale", body: "What do you think?" })
    await refused(
      ["close", repository, "1", "--as", "bob"],
      "bob is not the author of proposal 1 and has no write access to this repository"
    )
    assert.deepInclude(await about("preview", 1), { outcome: "fast_forward", conflicts: [], fromHead })
    const merge = ["merge", repository, "1", "--strategy", "merge_commit"] as const
    await refused(merge, "proposal 1 has 0 of 1 approvals of its present head")
    const approved = await about("review", 1, "--approve", "--body", "Good", "--commit", fromHead, "--as", "grace")
    assert.deepInclude(approved, { approvals: ["grace"] })

    const merged = await about("merge", 1, ...merge.slice(3), "--message", "The finale", "--expect", fromHead)
    const { mergeCommitId } = merged as { readonly mergeCommitId: string }
    assert.deepInclude(merged, { number: 1, strategy: "merge_commit", toBranch: "main", commits: [mergeCommitId] })
    const log = (await hub.json("log", repository, "--limit", "1")) as ReadonlyArray<unknown>
    assert.deepInclude(log[0], { commitId: mergeCommitId, message: "The finale" })
    const reflog = (await hub.json("branch", "reflog", repository, "main", "--limit", "1")) as ReadonlyArray<unknown>
    assert.deepInclude(reflog[0], { action: "merge-proposal", to: mergeCommitId, proposal: 1 })
    await refused(merge, "proposal 1 is merged")
    assert.deepInclude(field(await about("show", 1), "merged"), { mergeCommitId, fromHead, by: "ada" })
    await hub.json("branch", "unprotect", repository, "main")
  })

  it("are closed and reopened, and listed by state", async () => {
    await branch("coda", { "coda.txt": "c\n" })
    const number = Number(field(await open("coda"), "number"))
    assert.deepInclude(await about("close", number), { state: "closed" })
    const listed = async (...args: ReadonlyArray<string>) =>
      ((await hub.json("proposal", "list", repository, ...args)) as ReadonlyArray<unknown>).map((row) => [
        field(row, "number"),
        field(row, "state")
      ])
    assert.deepStrictEqual(await listed(), [
      [number, "closed"],
      [1, "merged"]
    ])
    assert.deepStrictEqual(await listed("--limit", "1"), [[number, "closed"]])
    assert.deepStrictEqual(await listed("--state", "merged"), [[1, "merged"]])
    assert.deepInclude(await about("reopen", number), { state: "open" })
    assert.deepStrictEqual(await listed("--state", "open"), [[number, "open"]])
    const { stdout } = await hub.run("proposal", "list", repository)
    assert.match(stdout, /^NUMBER +STATE.*\n\d+ +open +coda +main +ada +Merge coda\n1 +merged.*\n$/)
    await about("close", number)
  })

  it("with conflicts print one path a line and exit with 1", async () => {
    await branch("clash", { "song.txt": "1\nours\n3\n", "new\u001b.txt": "n\n" })
    const number = Number(field(await open("clash"), "number"))
    await hub.commit("symphony", "main", "meanwhile", { "song.txt": "1\ntheirs\n3\n", "new\u001b.txt": "m\n" })
    const lines = /^added_added +changes +new\\u001b\.txt\nboth_modified +changes +song\.txt\n$/
    const why = /^musehub: proposal \d+ has 2 conflict\(s\): "new\\u001b\.txt", "song\.txt"\n$/
    const conflicts = ["added_added", "both_modified"]
    for (const args of [["preview"], ["merge", "--strategy", "squash"]] as const) {
      const command = ["proposal", args[0], repository, String(number), ...args.slice(1)]
      const forPeople = await hub.run(...command)
      assert.strictEqual(forPeople.code, 1)
      assert.match(forPeople.stdout, lines)
      assert.match(forPeople.stderr, why)
      const forMachines = await hub.run(...command, "--json")
      assert.strictEqual(forMachines.code, 1)
      const listed = field(JSON.parse(forMachines.stdout), "conflicts") as ReadonlyArray<unknown>
      assert.deepStrictEqual(
        listed.map((conflict) => field(conflict, "kind")),
        conflicts
      )
    }
    await about("close", number)
  })

  it("are printed without control characters", async () => {
    await branch("hostile", { "h.txt": "h\n" })
    const bell = "\u001b]52;c;\u0007"
    const opened = await open("hostile", "--body", `one\n${bell}`)
    const number = Number(field(opened, "number"))
    await about("edit", number, "--title", `${bell}\u202etitle`)
    await about("review", number, "--request-changes", "--body", `no\u009b2J`, "--as", "bob")
    await about("comment", number, "--body", `look\r\n${bell}\rforged`, "--as", "bob")
    const { stdout } = await hub.run("proposal", "show", repository, String(number))
    assert.notMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Bidi_Control}]/u)
    assert.match(stdout, /^#\d+ {2}\\u001b\]52;c;\\u0007\\u202etitle\nstate +open\n/)
    assert.include(stdout, "\n\none\n\\u001b]52;c;\\u0007\n\n")
    assert.match(stdout, /\n\S+ {2}bob: request_changes [0-9a-f]{64}\n {2}no\\u009b2J\n/)
    assert.match(stdout, / {2}bob: comment 1\n {2}look\n {2}\\u001b\]52;c;\\u0007\\u000dforged\n$/)
    assert.include((await hub.run("proposal", "list", repository)).stdout, "\\u001b]52;c;\\u0007\\u202etitle\n")
  })

  it("with wrong names are refused before anything is opened", async () => {
    const cases = [
      [["show", repository, "0"], /^musehub proposal show: .*NUMBER.*whole number from 1/],
      [["show", repository, "x"], /^musehub proposal show: .*NUMBER/],
      [["review", repository, "1"], /^musehub proposal review: say either --approve or --request-changes/],
      [["review", repository, "1", "--approve", "--request-changes"], /say either --approve or --request-changes/],
      [["edit", repository, "1"], /^musehub proposal edit: name --title, --body or both/],
      [["edit", repository, "1", "--title", "two\nlines"], /^musehub proposal edit: .*one line of 1 to 255/],
      [["merge", repository, "1"], /^musehub proposal merge: .*--strategy/],
      [["list", repository, "--state", "lost"], /^musehub proposal list: .*--state/]
    ] as const
    for (const [args, line] of cases) {
      const { code, stdout, stderr } = await hub.run("proposal", ...args)
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.match(stderr, line)
    }
    await refused(["show", repository, "99"], "there is no proposal 99 in this repository")
  })
})
