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

  it("need names that the hub can use", async () => {
    for (const name of ["Ada", "api", "a b", "x".repeat(65)]) {
      const { code, stderr } = await hub.run("user", "create", name)
      assert.strictEqual(code, 2)
      assert.match(stderr, /^musehub user create: .*1 to 64 lower-case letters/)
    }
  })
})
