/** The operator's commands, each in its own process, on the default configuration, while a hub runs on it. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { field, firstToken, json, type Running, run, start } from "./program.ts"

const directory = await mkdtemp(join(tmpdir(), "musehub-commands-"))
const musehub = (...args: ReadonlyArray<string>) => run(args, { directory })

describe("commands while the hub runs", () => {
  let hub: Running
  let url: string

  beforeAll(async () => {
    hub = start(["serve", "--port", "0", "--user", "ada", "--json"], { directory })
    const first: unknown = JSON.parse(await hub.firstLine)
    assert.strictEqual(field(first, "user"), "ada")
    assert.match(String(firstToken(first)), /^muse_/)
    url = String(field(first, "url"))
  })

  afterAll(async () => {
    hub.signal("SIGINT")
    assert.strictEqual((await hub.ended).code, 0)
    await rm(directory, { recursive: true, force: true })
  })

  const createRepository = (token: string, name: string) =>
    fetch(`${url}/api/v1/repos`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ owner: "ada", name })
    }).then((answer) => answer.status)

  /** Waits until the running hub refuses the token. */
  const refused = async (token: string) => {
    const ask = () => fetch(`${url}/api/v1/user`, { headers: { authorization: `Bearer ${token}` } })
    for (const since = performance.now(); (await ask()).status !== 401; await setTimeout(50)) {
      assert.isBelow(performance.now() - since, staleMillisMax * 2, "the revoked token is still accepted")
    }
  }

  it("a token is created, listed, valid at once, and invalid once revoked", async () => {
    const made = json(await musehub("token", "create", "--user", "ada", "--expires", "90d", "--json"))
    const token = String(field(made, "token"))
    const id = String(field(made, "id"))
    assert.deepStrictEqual(Object.keys(made as object), ["token", "id", "user", "scope", "repository", "expiresAt"])
    assert.strictEqual(field(made, "scope"), "write")
    const days = (Date.parse(String(field(made, "expiresAt"))) - Date.now()) / 86_400_000
    assert.isTrue(days > 89.9 && days <= 90, `${days} days`)
    assert.strictEqual(await createRepository(token, "by-token"), 201)

    const listed = await musehub("token", "list", "--user", "ada", "--json")
    assert.notInclude(listed.stdout, token)
    const tokens = json(listed) as ReadonlyArray<unknown>
    assert.deepStrictEqual(
      tokens.map((each) => [field(each, "scope"), field(each, "state")]),
      [
        ["admin", "live"],
        ["write", "live"]
      ]
    )

    const revoked = json(await musehub("token", "revoke", id, "--json"))
    assert.strictEqual(field(revoked, "id"), id)
    await refused(token)
    assert.strictEqual(await createRepository(token, "too-late"), 401)
    assert.match((await musehub("token", "list")).stdout, new RegExp(`${id} +ada +write +all +revoked`))
    assert.deepStrictEqual(json(await musehub("token", "list", "--user", "nobody", "--json")), [])
  })

  it("without --json a token goes to stdout alone and the hint to stderr", async () => {
    const { code, stdout, stderr } = await musehub("token", "create", "--user", "grace", "--scope", "read")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^muse_[A-Za-z0-9_-]+\n$/)
    assert.include(stderr, "grace")
    assert.notInclude(stderr, stdout.trim())
  })

  it("a repository is created under a new owner, listed, and created once only", async () => {
    const made = json(
      await musehub("repo", "create", "--owner", "bob", "--name", "Symphony No. 1", "--visibility", "public", "--json")
    )
    assert.strictEqual(field(made, "owner"), "bob")
    assert.strictEqual(field(made, "slug"), "symphony-no-1")
    assert.match(String(field(made, "repoId")), /^[0-9a-f-]{36}$/)

    const again = await musehub("repo", "create", "bob/symphony-no-1")
    assert.strictEqual(again.code, 1)
    assert.strictEqual(again.stderr, "musehub: there is already a repository bob/symphony-no-1\n")

    assert.strictEqual((await musehub("repo", "create", "bob/empty", "--no-initialize", "--domain", "midi")).code, 0)
    const listed = json(await musehub("repo", "list", "--owner", "bob", "--json")) as ReadonlyArray<unknown>
    assert.deepStrictEqual(
      listed.map((each) => ["slug", "visibility", "domain", "branches"].map((name) => field(each, name))),
      [
        ["empty", "private", "midi", 0],
        ["symphony-no-1", "public", "code", 1]
      ]
    )
    const limited = json(await musehub("token", "create", "--user", "bob", "--repository", "bob/empty", "--json"))
    assert.strictEqual(field(limited, "repository"), field(listed[0], "repoId"))
  })

  it("what does not exist is refused in one line", async () => {
    const cases = [
      [["token", "revoke", "0123456789ab"], "there is no token 0123456789ab"],
      [
        ["token", "create", "--user", "bob", "--repository", "bob/none"],
        "there is no repository bob/none that you can see"
      ],
      [["repo", "create", "bob/x", "--default-branch", "a..b"], 'branch name "a..b" contains two dots in a row']
    ] as const
    const ended = await Promise.all(cases.map(([args]) => musehub(...args)))
    assert.deepStrictEqual(
      ended,
      cases.map(([, line]) => ({ code: 1, stdout: "", stderr: `musehub: ${line}\n` }))
    )
  })

  it("status and probe say where everything is stored and that it is fit", async () => {
    const { index, ...probed } = json(await musehub("probe", "--json")) as Readonly<Record<string, unknown>>
    assert.strictEqual(field(probed, "fit"), true)
    const status = json(await musehub("status", "--json"))
    assert.deepStrictEqual(field(status, "probe"), probed)
    assert.strictEqual(field(index, "server"), field(field(status, "indexProbe"), "server"))
    assert.strictEqual(field(index, "writable"), true)
    assert.match(String(field(status, "objectStore")), /^file:/)
    assert.match(String(field(status, "index")), /^embedded:/)
    assert.isAbove(Number(field(field(status, "counts"), "repositories")), 0)
    const [forPeople, probedForPeople] = await Promise.all([musehub("status"), musehub("probe")])
    assert.match(forPeople.stdout, /fit, probed/)
    assert.include(probedForPeople.stdout, "fit to serve from")
  })
})
