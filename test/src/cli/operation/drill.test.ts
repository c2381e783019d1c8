/** `musehub drill` beside a hub that serves, on files and Postgres, and on S3 and Postgres. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createDatabase } from "../../services/PostgresServer.ts"
import type { S3Connection } from "../../services/S3Server.ts"
import { acquirePostgres, acquireS3, describeS3, s3Url } from "../../services/services.ts"
import { field, json, run, start } from "../program.ts"

/** A hub of its own, which serves until `close`. */
const served = async (objectStore: (directory: string) => string, env: Readonly<Record<string, string>> = {}) => {
  const directory = await mkdtemp(join(tmpdir(), "musehub-drill-"))
  const index = await Effect.runPromise(createDatabase(await acquirePostgres()))
  const storage = ["--object-store", objectStore(directory), "--index", index]
  const musehub = (...args: ReadonlyArray<string>) => run([...args, ...storage], { directory, env })
  for (const name of ["ada/engine", "bob/songs"]) {
    const created = await musehub("repo", "create", name)
    assert.strictEqual(created.code, 0, created.stderr)
  }
  const serving = start(["serve", "--port", "0", "--json", ...storage], { directory, env })
  const url = String(field(JSON.parse(await serving.firstLine), "url"))
  const close = async () => {
    serving.signal("SIGTERM")
    await serving.ended
    await rm(directory, { recursive: true, force: true })
  }
  return { directory, musehub, url, close }
}

const report = {
  level: "default",
  repositories: 2,
  packs: 2,
  losses: 0,
  faults: 0,
  extraRows: 0,
  compared: 2,
  moving: 0,
  differences: 0
}

/** Drills a sound hub that serves, and asserts what it tells. */
const assertDrilled = async ({ musehub, url }: Awaited<ReturnType<typeof served>>) => {
  const drilled = await musehub("drill")
  assert.strictEqual(drilled.code, 0, drilled.stderr)
  assert.match(drilled.stdout, /^recovery {6}refs served after \d+\.\d s, whole index after \d+\.\d s \(2 repositories/)
  assert.match(drilled.stdout, /^verification {2}default, \d+\.\d s: no faults$/m)
  assert.match(drilled.stdout, /^comparison {4}clones of 2 of 2 repositories compared, byte for byte/m)
  assert.match(drilled.stdout, /^outcome {7}nothing was lost$/m)
  assert.match(drilled.stdout, /^ {2}secrets of tokens: .*-> musehub token create --user NAME/m)
  assert.match(drilled.stderr, /^filling an empty index .*\n(?:(?:ada|bob)\/\w+: 1 pack\n){2}verifying .*\ncomparing /)

  const told = json(await musehub("drill", "--json", "--sample", "1", "--quick"))
  assert.deepInclude(field(told, "drill"), { ...report, level: "quick", compared: 1 })
  assert.deepStrictEqual(field(json(await musehub("status", "--json")), "drill"), field(told, "drill"))
  assert.match((await musehub("status")).stdout, /^drill .*: refs served after .*, nothing was lost$/m)
  assert.strictEqual((await fetch(`${url}/health`)).status, 200)
}

describe("musehub drill", () => {
  it("rehearses the loss of the database on files and Postgres, beside a hub that serves", async () => {
    const hub = await served((directory) => `file:${join(directory, "store")}`)
    try {
      await assertDrilled(hub)

      await rename(join(hub.directory, "store/hub/users/bob"), join(hub.directory, "bob"))
      const failed = await hub.musehub("drill")
      assert.strictEqual(failed.code, 1)
      assert.match(failed.stdout, /^extra row of users: name bob: the index has it, and the store does not give it\n/)
      assert.match(failed.stdout, /^outcome {7}1 row that the store does not give$/m)
      assert.match(failed.stderr, /the drill has 1 finding, listed above: mend them before the database is lost\n$/)
      const lines = (await hub.musehub("drill", "--json")).stdout.trim().split("\n")
      const [row, last] = lines.map((line): unknown => JSON.parse(line))
      assert.deepInclude(row, { difference: "extra", table: "users" })
      assert.deepInclude(field(last, "drill"), { ...report, extraRows: 1 })
      assert.include((await hub.musehub("status")).stdout, "1 row that the store does not give")

      assert.strictEqual((await hub.musehub("drill", "--sample", "-1")).code, 2)
      const away = await run(
        [
          "drill",
          "--object-store",
          `file:${join(hub.directory, "store")}`,
          "--index",
          "postgres://hub@127.0.0.1:9/hub"
        ],
        hub
      )
      assert.deepStrictEqual([away.code, away.stdout], [3, ""])
    } finally {
      await hub.close()
    }
  })
})

const s3 = await acquireS3()

describeS3("musehub drill, on S3 and Postgres", s3, (connection: S3Connection) => {
  it("rehearses the loss of the database beside a hub that serves, and prices a rebuild", async () => {
    const env = { AWS_ACCESS_KEY_ID: connection.accessKeyId, AWS_SECRET_ACCESS_KEY: connection.secretAccessKey }
    const hub = await served(() => s3Url(connection, `drill-${randomUUID()}`), env)
    try {
      await assertDrilled(hub)
      const prices = {
        source: "a test",
        currency: "EUR",
        list: 1000,
        get: 0,
        head: 0,
        put: 0,
        delete: 0,
        gib: 0,
        gibMonth: 0
      }
      await writeFile(join(hub.directory, "prices.json"), JSON.stringify(prices))
      const cost = json(await hub.musehub("rebuild", "--dry-run", "--prices", "prices.json", "--json"))
      // The index is whole: only the hub's own documents and the repositories are listed.
      assert.deepInclude(cost, { packs: 0, money: 4, currency: "EUR", prices: "a test" })
    } finally {
      await hub.close()
    }
  })
})
