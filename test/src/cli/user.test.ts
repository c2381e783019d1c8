/** `musehub user` on an index that outlives the command, since only the index lists users. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { type Hub, startHub } from "./inProcess.ts"
import { field } from "./program.ts"

describe("users", () => {
  let hub: Hub

  beforeAll(async () => {
    hub = await startHub((directory) => `embedded:${join(directory, "postgres")}`)
  })
  afterAll(() => hub.close())

  it("are created once and listed by name", async () => {
    assert.deepStrictEqual(await hub.run("user", "create", "grace"), { code: 0, stdout: "grace\n", stderr: "" })
    assert.deepStrictEqual(await hub.json("user", "create", "ada"), { name: "ada" })
    assert.deepStrictEqual(await hub.run("user", "create", "ada"), {
      code: 1,
      stdout: "",
      stderr: "musehub: there is already a user ada\n"
    })
    const users = (await hub.json("user", "list")) as ReadonlyArray<unknown>
    assert.deepStrictEqual(
      users.map((user) => field(user, "name")),
      ["ada", "grace"]
    )
    assert.match((await hub.run("user", "list")).stdout, /^NAME +CREATED\nada +\S+Z\ngrace +\S+Z\n$/)
  })

  it("are shown with what they have and may have, by the quotas of the settings", async () => {
    await hub.run("token", "create", "--user", "grace")
    await hub.run("repo", "create", "grace/songs")
    const shown = await hub.json("user", "show", "grace")
    assert.deepStrictEqual(
      ["name", "repositories", "tokens", "idempotencyKeys"].map((name) => field(shown, name)),
      ["grace", { used: 1, limit: 1000 }, { used: 1, limit: 1000 }, { used: 0, limit: 10_000 }]
    )
    assert.strictEqual(field(field(shown, "bytes"), "limit"), 100 * 1024 ** 3)
    assert.isAbove(Number(field(field(shown, "bytes"), "used")), 100)
    assert.match(
      (await hub.run("user", "show", "grace")).stdout,
      /\nREPOSITORIES +1 of 1000\n.*\nBYTES +\d+ of \d+\n$/s
    )
    assert.deepStrictEqual(await hub.run("user", "show", "nobody"), {
      code: 1,
      stdout: "",
      stderr: 'musehub: there is no user "nobody"\n'
    })
  })

  it("need names that the hub can use", async () => {
    for (const name of ["Ada", "api", "a b", "x".repeat(65)]) {
      const { code, stderr } = await hub.run("user", "create", name)
      assert.strictEqual(code, 2)
      assert.match(stderr, /^musehub user create: .*1 to 64 lower-case letters/)
    }
  })
})
