/** `musehub identity` and `org`: what a handle says of itself, safe for a terminal. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Hub, startHub } from "../inProcess.ts"

describe("an identity", () => {
  let hub: Hub

  beforeAll(async () => {
    hub = await startHub()
    await hub.json("repo", "create", "ada/identity", "--no-initialize")
    await hub.commit("identity", "main", "who", {
      "profile.json": JSON.stringify({ type: "human", displayName: "Ada\u001b[31m" }),
      "social.json": "{",
      "members.json": JSON.stringify({
        members: [{ user: "bob", role: "member", teams: ["band"] }],
        teams: [{ name: "band", grants: [{ slug: "songs", role: "write" }] }]
      })
    })
  })
  afterAll(() => hub.close())

  it("is shown, and what is not valid is said", async () => {
    const { code, stderr, stdout } = await hub.run("identity", "ada")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^HANDLE +ada\nTYPE +human\nNAME +Ada.*\nREPOSITORIES +ada\/identity\n$/)
    assert.notInclude(stdout, "\u001b")
    assert.include(stderr, "social.json")
    assert.deepInclude(await hub.json("identity", "ada"), { handle: "ada", social: null })
    assert.strictEqual((await hub.run("identity", "nobody")).code, 1)
  })

  it("of an organisation has members and teams", async () => {
    const { stderr, stdout } = await hub.run("org", "ada")
    assert.match(stdout, /^MEMBER +ROLE +TEAMS\nbob +member +band\nTEAM +GRANTS\nband +songs: write\n$/)
    assert.include(stderr, "The teams give no roles")
    const told = await hub.json("org", "ada")
    assert.deepInclude(told, { effective: false, items: [{ user: "bob", role: "member", teams: ["band"] }] })
  })
})
