/** `musehub rebuild` fills an empty Postgres from a folder, and says what the folder lost. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { field, json, run } from "../program.ts"

describe("musehub rebuild", () => {
  it("fills an empty index, names what the store lost, and ends when the index does not answer", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-rebuild-"))
    const store = ["--object-store", `file:${join(directory, "store")}`]
    const musehub = (index: string, ...args: ReadonlyArray<string>) =>
      run([...args, ...store, "--index", index], { directory })
    const [first, second, third] = ["first", "second", "third"].map((name) => `embedded:${join(directory, name)}`)
    try {
      const engine = json(await musehub(String(first), "repo", "create", "ada/engine", "--json"))
      assert.strictEqual((await musehub(String(first), "repo", "create", "bob/songs")).code, 0)

      const empty = json(await musehub(String(second), "repo", "list", "--json"))
      assert.deepStrictEqual(empty, [])
      const dry = json(await musehub(String(second), "rebuild", "--dry-run", "--json"))
      assert.deepInclude(dry, { dryRun: true, repositories: 2, packs: 2, unreadable: 0, money: 0, currency: "USD" })
      assert.deepInclude(field(dry, "requests"), { list: 8, head: 2, put: 0 })
      const written = await musehub(String(second), "rebuild", "--dry-run")
      assert.match(
        written.stdout,
        /^would record 2 packs of 2 repositories\nrequests {2}8 LIST, \d+ GET, 2 HEAD, 0 PUT, /
      )
      assert.deepStrictEqual(json(await musehub(String(second), "repo", "list", "--json")), [])
      await writeFile(join(directory, "prices.json"), '{"currency":"EUR"}')
      const refused = await musehub(String(second), "rebuild", "--dry-run", "--prices", "prices.json")
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stderr, "--prices: prices.json has no prices: Missing key")
      assert.strictEqual((await musehub(String(second), "rebuild", "--prices", "prices.json")).code, 2)
      assert.strictEqual((await musehub(String(second), "rebuild", "--dry-run", "--prove")).code, 2)

      const rebuilt = await musehub(String(second), "rebuild")
      assert.strictEqual(rebuilt.code, 0, rebuilt.stderr)
      assert.strictEqual(rebuilt.stdout, "2 users, 0 tokens, 0 domains, 2 repositories, 2 packs: nothing is missing\n")
      assert.match(rebuilt.stderr, /^ada\/engine: 1 pack$/m)
      assert.match(rebuilt.stderr, /^bob\/songs: 1 pack$/m)
      const listed = json(await musehub(String(second), "repo", "list", "--json"))
      assert.deepStrictEqual(listed, json(await musehub(String(first), "repo", "list", "--json")))

      const id = String(field(engine, "repoId"))
      await rm(join(directory, "store", "repositories", id, "root"))
      await writeFile(join(directory, "store", "repositories", id, "root"), "junk")
      const damaged = await musehub(String(third), "rebuild", "--json")
      assert.strictEqual(damaged.code, 1)
      const [loss, counts] = damaged.stdout.split("\n", 2).map((line): unknown => JSON.parse(line))
      assert.strictEqual(field(loss, "loss"), `repository ${id}`)
      assert.include(String(field(loss, "reason")), "root")
      assert.deepInclude(counts, { loss: null, repositories: 1, losses: 1 })
      assert.match(damaged.stderr, /but for what the object store lost: 1 loss\n$/)

      const away = await musehub("postgres://hub@127.0.0.1:9/hub", "rebuild")
      assert.strictEqual(away.code, 3)
      assert.strictEqual(away.stdout, "")
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it("proves an index, prints each row that differs, and ends when the index does not answer", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-prove-"))
    const musehub = (index: string, ...args: ReadonlyArray<string>) =>
      run([...args, "--object-store", `file:${join(directory, "store")}`, "--index", index], { directory })
    const index = `embedded:${join(directory, "index")}`
    try {
      for (const name of ["ada/engine", "bob/songs"]) {
        assert.strictEqual((await musehub(index, "repo", "create", name)).code, 0)
      }
      const proved = await musehub(index, "rebuild", "--prove")
      assert.strictEqual(proved.code, 0, proved.stderr)
      assert.strictEqual(proved.stdout, "0 differences\n")
      assert.match(proved.stderr, /^ada\/engine: 1 pack$/m)

      await rm(join(directory, "store", "hub", "users", "bob"))
      const differs = await musehub(index, "rebuild", "--prove")
      assert.strictEqual(differs.code, 1)
      assert.strictEqual(
        differs.stdout,
        "extra row of users: name bob: the index has it, and the store does not give it\n1 difference\n"
      )
      assert.match(differs.stderr, /the index differs from the object store in 1 row\n$/)
      const lines = (await musehub(index, "rebuild", "--prove", "--json")).stdout.trim().split("\n")
      const [row, counts] = lines.map((line): unknown => JSON.parse(line))
      const extra = { difference: "extra", table: "users", repository: null, key: { name: "bob" }, values: [] }
      assert.deepStrictEqual(row, extra)
      assert.deepInclude(counts, { difference: null, differences: 1, users: 1, repositories: 2, losses: 0 })

      const away = await musehub("postgres://hub@127.0.0.1:9/hub", "rebuild", "--prove")
      assert.strictEqual(away.code, 3)
      assert.strictEqual(away.stdout, "")
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
