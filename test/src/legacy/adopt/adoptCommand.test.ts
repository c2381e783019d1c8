/** `musehub adopt` as an operator runs it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import manifest from "../../../../packages/cli/package.json" with { type: "json" }
import { startHub } from "../../cli/inProcess.ts"
import { field, json, run } from "../../cli/program.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { legacyDatabase, objectsDirectory, run as sql } from "../legacyDatabase.ts"

const serverUrl = await acquirePostgres()

/** The branch main of ada/linear, and the parent of its head. */
const mainOfLinear = `
  SELECT branch.branch_id, branch.head_commit_id, head.parent_ids->>0 AS parent
  FROM musehub_branches branch
  JOIN musehub_repos repo ON repo.repo_id = branch.repo_id AND repo.slug = 'linear'
  JOIN musehub_commits head ON head.commit_id = branch.head_commit_id
  WHERE branch.name = 'main'`

describe("musehub adopt", () => {
  it("takes over a hub, names what stays behind, and says what is wrong with a legacy hub", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-adopt-"))
    const program = Effect.gen(function* () {
      const legacy = yield* legacyDatabase(serverUrl)
      const index = yield* Effect.orDie(freshDatabase(serverUrl))
      const store = ["--object-store", `file:${join(directory, "store")}`, "--index", index]
      const musehub = (...args: ReadonlyArray<string>) =>
        Effect.promise(() => run([...args, ...store], { directory, env: { MUSEHUB_LEGACY_DATABASE: legacy } }))
      const from = ["--objects", objectsDirectory]

      const unknown = yield* musehub("adopt", ...from, "--repo", "ada/linear", "--repo", "ada/nothing")
      assert.deepStrictEqual([unknown.code, unknown.stdout], [2, ""])
      assert.strictEqual(
        unknown.stderr,
        "musehub: the legacy hub has no repository ada/nothing: nothing was taken over\n"
      )
      for (const kind of ["repo", "user"]) {
        assert.strictEqual((yield* musehub(kind, "list", "--json")).stdout, "[]\n", "nothing was written")
      }

      const dry = json(yield* musehub("adopt", ...from, "--repo", "ada/linear", "--dry-run", "--json"))
      const [linear] = field(dry, "repositories") as ReadonlyArray<unknown>
      const [rowsOfIt] = yield* sql(
        legacy,
        `SELECT (SELECT count(*) FROM musehub_commits c WHERE c.repo_id = r.repo_id)::int AS commits,
           (SELECT count(*) FROM musehub_snapshots s WHERE s.repo_id = r.repo_id)::int AS snapshots,
           (SELECT count(*) FROM musehub_objects o WHERE o.repo_id = r.repo_id)::int AS objects,
           (SELECT sum(size_bytes) FROM musehub_objects o WHERE o.repo_id = r.repo_id)::int AS bytes
         FROM musehub_repos r WHERE r.owner = 'ada' AND r.slug = 'linear'`
      )
      assert.deepStrictEqual(linear, { name: "ada/linear", ...rowsOfIt, largeObjects: 0, largeBytes: 0 })
      assert.deepStrictEqual(field(dry, "requests"), { list: 2, get: 7, head: 0, put: 7, delete: 0 })
      assert.strictEqual((yield* musehub("repo", "list", "--json")).stdout, "[]\n", "nothing was written")

      const receipts = join(directory, "receipts")
      const nowhere = join(directory, "no-folder", "receipts")
      const unkept = yield* musehub("adopt", ...from, "--repo", "ada/linear", "--receipts", nowhere)
      assert.strictEqual(unkept.code, 1)
      assert.match(unkept.stderr, /the receipts cannot be written/)
      const one = yield* musehub("adopt", ...from, "--repo", "ada/linear", "--receipts", receipts)
      assert.strictEqual(one.code, 0, one.stderr)
      assert.strictEqual(one.stdout, "1 repository, 0 new users, 3 new commits: nothing stays behind\n")
      assert.match(one.stderr, /^ada\/linear: 3 commits, 1 branch \(/m)

      const kept: ReadonlyArray<unknown> = readFileSync(receipts, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      const types = kept.map((receipt) => String(field(receipt, "type"))).toSorted()
      assert.strictEqual(types.join(" "), "commit commit commit snapshot snapshot snapshot")
      for (const receipt of kept.slice(0, 1)) {
        const [type, id] = [String(field(receipt, "type")), String(field(receipt, "id"))]
        const located = json(yield* musehub("object", "locate", "ada/linear", type, id, "--json"))
        const block = field(located, "block")
        assert.match(String(field(located, "key")), new RegExp(`/packs/${String(field(receipt, "pack"))}$`))
        assert.deepStrictEqual(
          ["sha256", "size"].map((name) => field(located, name)),
          ["sha256", "size"].map((name) => field(receipt, name))
        )
        assert.deepStrictEqual(
          [field(block, "number"), field(block, "offset")],
          [field(receipt, "block"), field(receipt, "offset")]
        )
        assert.deepStrictEqual(
          [field(receipt, "repository"), field(receipt, "version")],
          ["ada/linear", manifest.version]
        )
        assert.match(String(field(receipt, "at")), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      }

      const all = yield* musehub("adopt", ...from, "--json")
      assert.strictEqual(all.code, 1, all.stderr)
      const report: unknown = JSON.parse(all.stdout)
      const rows = field(report, "quarantined") as ReadonlyArray<unknown>
      assert.strictEqual(rows.length, 14)
      assert.match(all.stderr, /all is taken over but 14 rows of the legacy hub/)
      const noted = field(json(yield* musehub("status", "--json")), "adoption")
      assert.deepStrictEqual([field(noted, "left"), field(noted, "more")], [rows, 0])
      const shown = yield* musehub("status")
      assert.match(shown.stdout, /^adoption +\S+: 14 rows of the legacy hub stay behind:$/m)
      assert.match(shown.stdout, /^ {2}ada\/damaged: branch empty-head: it has no head$/m)
      const listed = json(yield* musehub("repo", "list", "--json")) as ReadonlyArray<unknown>
      assert.strictEqual(listed.length, 20)

      const nothingNew = json(yield* musehub("adopt", ...from, "--dry-run", "--json"))
      assert.deepStrictEqual([field(nothingNew, "repositories"), field(nothingNew, "money")], [[], 0])

      const again = yield* musehub("adopt", ...from)
      assert.strictEqual(again.code, 1)
      assert.match(again.stderr, /^ada\/damaged: commit 800e7c\w+: its blob \w+ is not right: /m)
      assert.match(again.stderr, /^ada\/linear: nothing new$/m)
      assert.match(again.stdout, /^20 repositories, 0 new users, 0 new commits: 14 rows stay behind/)

      const unsaid = yield* musehub("adopt")
      assert.strictEqual(unsaid.code, 2)
      assert.match(unsaid.stderr, /^musehub: MUSEHUB_LEGACY_OBJECTS: not given, nor --objects; expected [^\n]*\n$/)
      const away = yield* musehub("adopt", ...from, "--database", "postgres://ada:s3cret@127.0.0.1:1/legacy")
      assert.strictEqual(away.code, 3)
      assert.notInclude(away.stderr, "s3cret")
      assert.strictEqual((yield* musehub("adopt", "--objects", join(directory, "nowhere"))).code, 3)
      const other = yield* musehub("adopt", ...from, "--database", index)
      assert.strictEqual(other.code, 3)
      assert.match(other.stderr, /musehub_repos/)
      for (const { stderr } of [away, other]) assert.notInclude(stderr, "run it again to go on", "nothing was begun")

      const [counted] = yield* sql(legacy, "SELECT count(*)::int AS commits FROM musehub_commits")
      assert.strictEqual(counted?.["commits"], 58)
    })
    try {
      await Effect.runPromise(Effect.scoped(program))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }, 120_000)

  it("exits with 1 for a branch that moved in both hubs, and names it each time", async () => {
    const hub = await startHub()
    const program = Effect.gen(function* () {
      const legacy = yield* legacyDatabase(serverUrl)
      const adopt = Effect.promise(() =>
        hub.run("adopt", "--database", legacy, "--objects", objectsDirectory, "--repo", "ada/linear")
      )
      const [main] = yield* sql(legacy, mainOfLinear)
      const head = String(main?.["head_commit_id"])
      const moveMain = (to: string) =>
        sql(legacy, "UPDATE musehub_branches SET head_commit_id = $1 WHERE branch_id = $2", [to, main?.["branch_id"]])

      yield* moveMain(String(main?.["parent"]))
      assert.strictEqual((yield* adopt).code, 0)
      const mine = yield* Effect.promise(() => hub.commit("linear", "main", "mine", { "mine.txt": "mine" }))
      yield* moveMain(head)
      for (const _ of ["named", "and again"]) {
        const { code, stderr, stdout } = yield* adopt
        assert.strictEqual(code, 1, stderr)
        assert.include(
          stderr,
          `ada/linear: branch main: it moved in both hubs: it is at ${mine} here, and at ${head} in`
        )
        assert.match(stdout, /^1 repository, 0 new users, \d new commits?: 1 row stays behind, see above$/m)
      }
    })
    try {
      await Effect.runPromise(Effect.scoped(program))
    } finally {
      await hub.close()
    }
  })
})
