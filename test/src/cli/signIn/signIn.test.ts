/** `musehub login` and `musehub session`, beside the store. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "../inProcess.ts"
import { field } from "../program.ts"

describe("signing browsers in, beside the store", () => {
  let hub: Hub
  beforeAll(async () => {
    hub = await startHub()
  })
  afterAll(() => hub.close())

  it("prints a link for the only user, and asks whose it is once there are more", async () => {
    const nobody = await hub.run("login")
    assert.deepStrictEqual([nobody.code, nobody.stdout], [2, ""])
    assert.include(nobody.stderr, "musehub user create NAME makes one")
    await hub.run("user", "create", "ada")
    const { code, stderr, stdout } = await hub.run("login")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:10003\/login\?code=ada\.muse_[\w-]{43}\n$/)
    assert.match(stderr, /^Open this link in your browser before \d{4}-/)
    assert.notInclude(stderr, "muse_")
    await hub.run("user", "create", "bob")
    assert.include((await hub.run("login")).stderr, "say with --user whom the link signs in")
    const made = await hub.json("login", "--user", "bob")
    assert.strictEqual(field(made, "user"), "bob")
    assert.match(String(field(made, "url")), /code=bob\.muse_/)
    assert.include((await hub.run("login", "--user", "nobody")).stderr, 'there is no user "nobody"')
    assert.include((await hub.run("login", "--user", "bob", "--hub", "http://localhost")).stderr, "without --user")
  })

  it("lists the sessions of a user and revokes one of them, or all", async () => {
    assert.deepStrictEqual(await hub.json("session", "list", "--user", "ada"), [])
    assert.include((await hub.run("session", "revoke", "--user", "ada", "4f1a49e2c0b2")).stderr, "there is no session")
    assert.include((await hub.run("session", "revoke", "--user", "ada")).stderr, "the id of one session, or --all")
    const all = await hub.run("session", "revoke", "--user", "ada", "--all")
    assert.match(all.stdout, /^revoked all sessions of ada; every running hub refuses them within 5 seconds\n$/)
  })
})
