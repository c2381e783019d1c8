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
    assert.match(stdout, /^HANDLE +ada\nTYPE +human\nNAME +Ada.*\nFOLLOWERS +0\nREPOSITORIES +ada\/identity\n$/)
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

describe("followers and stars", () => {
  it("are counted once they were derived, for people and for programs", async () => {
    const kept = await startHub((directory) => `embedded:${directory}/index`)
    try {
      await kept.json("repo", "create", "ada/identity", "--domain", "identity", "--visibility", "public")
      await kept.json("repo", "create", "bob/song", "--visibility", "public")
      const social = JSON.stringify({ follows: ["bob"], stars: ["bob/song"] })
      await kept.commit("identity", "main", "who", { "social.json": social })
      const shown = async () => [
        ((await kept.json("identity", "bob")) as { readonly followers: unknown }).followers,
        ((await kept.json("repo", "show", "bob/song")) as { readonly stars: unknown }).stars
      ]
      assert.deepStrictEqual(await shown(), [0, 0])
      await kept.json("derive", "--only", "marks")
      assert.deepStrictEqual(await shown(), [1, 1])
      assert.match((await kept.run("identity", "bob")).stdout, /^FOLLOWERS +1$/m)
      assert.match((await kept.run("repo", "show", "bob/song")).stdout, /^stars +1$/m)
    } finally {
      await kept.close()
    }
  }, 120_000)
})
