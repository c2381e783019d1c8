/** Starting, refusing to start, and stopping the hub, as a process with real signals. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { field, firstToken, launch, type Running, run, start } from "./program.ts"

const base = await mkdtemp(join(tmpdir(), "musehub-serve-"))
afterAll(() => rm(base, { recursive: true, force: true }))

const freshFolder = () => mkdtemp(join(base, "hub-"))
/** Objects in the folder, so that they outlive the process; an index that starts at once. */
const env = { MUSEHUB_INDEX: "memory:", MUSEHUB_PORT: "0", MUSEHUB_USER: "ada" }

const announced = async (hub: Running) => {
  const line: unknown = JSON.parse(await hub.firstLine)
  return { url: String(field(line, "url")).replace(/\/$/, ""), token: firstToken(line) }
}

describe("serve", () => {
  it("creates the first user once, and prints every step to a first push", async () => {
    const directory = await freshFolder()
    const first = start(["serve"], { directory, env: { ...env, MUSEHUB_OBJECT_STORE: "file:objects" } })
    const [, url] = /serves (http:\S+)/.exec(await first.firstLine) ?? []
    first.signal("SIGINT")
    const { code, stdout } = await first.ended
    assert.strictEqual(code, 0)
    const host = new URL(String(url)).host
    for (const line of [`host ${host}`, `muse remote add origin ${url}/ada/my-project`, "muse push origin main"]) {
      assert.include(stdout, line)
    }

    const second = start(["serve"], { directory, env: { ...env, MUSEHUB_OBJECT_STORE: "file:objects" } })
    await second.firstLine
    second.signal("SIGTERM")
    const later = await second.ended
    assert.strictEqual(later.code, 0)
    assert.notInclude(later.stdout, "muse_")
    assert.include(later.stdout, "token create")
  })

  describe("the first token", () => {
    for (const flags of [[], ["--json"]]) {
      it(`is in a file for the hub's user alone, and never in a service log (${flags.join() || "text"})`, async () => {
        const directory = await freshFolder()
        const hub = start(["serve", ...flags], { directory, env: { ...env, MUSEHUB_OBJECT_STORE: "file:objects" } })
        await hub.firstLine
        const file = join(directory, ".musehub", "first-token")
        const token = (await readFile(file, "utf8")).trim()
        assert.match(token, /^muse_[\w-]{43}$/)
        assert.strictEqual((await stat(file)).mode & 0o777, 0o600)
        assert.deepStrictEqual(await readdir(join(directory, ".musehub")), ["first-token"])
        hub.signal("SIGTERM")
        const { stderr, stdout } = await hub.ended
        assert.notInclude(stdout + stderr, "muse_")
        assert.include(stdout, file, "the log names the file")
      })
    }

    const terminal = existsSync("/usr/bin/script")
    it.skipIf(!terminal)(
      terminal ? "is shown on a terminal, and is in no file then" : "is shown on a terminal (skipped: no script(1))",
      async () => {
        const directory = await freshFolder()
        const program = fileURLToPath(import.meta.resolve("@musehub/cli/main"))
        const command = `exec ${process.execPath} ${program} serve`
        const hub = launch("/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"], {
          directory,
          env
        })
        await hub.prints("Ctrl-C stops the hub")
        hub.signal("SIGTERM")
        const { stdout } = await hub.ended
        assert.match(stdout, / muse_[\w-]{43}\r?\n/)
        assert.isFalse(existsSync(join(directory, ".musehub", "first-token")))
      }
    )

    it("is not created where its file cannot be written, which one line says", async () => {
      const directory = await freshFolder()
      await writeFile(join(directory, "taken"), "")
      const file = { MUSEHUB_FIRST_TOKEN_FILE: "taken/token", MUSEHUB_OBJECT_STORE: "file:objects" }
      const { code, stderr, stdout } = await run(["serve"], { directory, env: { ...env, ...file } })
      assert.deepStrictEqual([code, stdout], [3, ""])
      assert.match(
        stderr,
        /musehub: MUSEHUB_FIRST_TOKEN_FILE: the file \S+taken\/token for the first token cannot be written: .+\n$/
      )
      assert.isFalse(existsSync(join(directory, "objects", "hub", "users")), "the next start is the first one again")
    })
  })

  it("refuses what exceeds the quotas of its settings with 422, figure and limit", async () => {
    const directory = await freshFolder()
    const hub = start(["serve", "--json"], { directory, env: { ...env, MUSEHUB_QUOTA_REPOSITORIES: "1" } })
    const { url, token } = await announced(hub)
    const create = async (name: string) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
      const body = JSON.stringify({ owner: "ada", name })
      const answer = await fetch(`${url}/api/v1/repos`, { method: "POST", headers, body })
      return [answer.status, (await answer.json()) as unknown] as const
    }
    assert.strictEqual((await create("one"))[0], 201)
    const [status, problem] = await create("two")
    assert.strictEqual(status, 422)
    assert.deepInclude(problem, {
      type: "urn:musehub:problem:quota-exceeded",
      what: "repositories",
      used: 1,
      limit: 1
    })
    hub.signal("SIGTERM")
    assert.strictEqual((await hub.ended).code, 0)
  })

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal} stops accepting and finishes the request in flight`, async () => {
      const hub = start(["serve", "--json"], { directory: await freshFolder(), env })
      const { url, token } = await announced(hub)
      const body = JSON.stringify({ owner: "ada", name: "slow" })
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "content-length": body.length
      }
      const sent = request(`${url}/api/v1/repos`, { method: "POST", headers, agent: false })
      const answered = new Promise<number | undefined>((resolve, reject) => {
        sent.once("response", (answer) => resolve(answer.resume().statusCode))
        sent.once("error", reject)
      })
      // The hub requests the body once it has the headers, so from here on the request is in flight.
      await new Promise<void>((resolve) => sent.write(body.slice(0, 5), () => resolve()))
      await fetch(`${url}/health`)
      hub.signal(signal)
      await hub.says("finishing the requests in flight")
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.strictEqual(
        await fetch(`${url}/health`).then(
          () => "accepted",
          () => "refused"
        ),
        "refused"
      )
      sent.end(body.slice(5))
      assert.strictEqual(await answered, 201)
      assert.strictEqual((await hub.ended).code, 0)
    })
  }

  it("merges the packs of a repository by itself after a while, and a clone stays the same", async () => {
    const directory = await freshFolder()
    const settings = { ...env, MUSEHUB_OBJECT_STORE: "file:objects", MUSEHUB_PACK_AFTER: "0 seconds" }
    const hub = start(["serve", "--json"], { directory, env: settings })
    const { url, token } = await announced(hub)
    const post = async (path: string, body: unknown, accept = "application/json") => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", accept }
      const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
      assert.isTrue(answer.ok, `${path}: ${answer.status}`)
      return Buffer.from(await answer.arrayBuffer())
    }
    const made = JSON.parse((await post("/api/v1/repos", { owner: "ada", name: "many" })).toString()) as unknown
    const { repoId } = made as { readonly repoId: string }
    const pushes = 8
    let tip = ""
    for (let file = 0; file < pushes; file++) {
      const contentBase64 = Buffer.from(`content ${file}`).toString("base64")
      const changes = [{ op: "put", path: `file-${file}`, contentBase64 }]
      const committed = await post("/api/v1/repos/ada/many/commits", { branch: "main", message: "more", changes })
      tip = (JSON.parse(committed.toString()) as { readonly commitId: string }).commitId
    }
    const clone = () => post("/ada/many/fetch", { want: [tip], have: [] }, "application/vnd.muse.mpack")
    const pushed = await clone()
    const root = join(directory, "objects", "repositories", repoId, "root")
    const packsOf = async () => {
      const text = await readFile(root, "utf8")
      return (JSON.parse(text.slice(text.indexOf("{"))) as { readonly packs: ReadonlyArray<unknown> }).packs.length
    }
    const deadline = Date.now() + 20_000
    // One of those that were merged, and fewer than are worth another merge.
    while ((await packsOf()) > 4 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.isAtMost(await packsOf(), 4)
    assert.isTrue((await clone()).equals(pushed))
    hub.signal("SIGTERM")
    assert.strictEqual((await hub.ended).code, 0)
  })

  it("says in one line that the port is taken, and creates no token that nobody would learn of", async () => {
    const directory = await freshFolder()
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? String(address.port) : ""
    const ended = await run(["serve", "--port", port], { directory, env })
    taken.close()
    assert.deepStrictEqual(ended, {
      code: 3,
      stdout: "",
      stderr:
        "musehub: MUSEHUB_HOST, --port: the hub cannot listen: listen EADDRINUSE: address already in use " +
        `127.0.0.1:${port}\n`
    })
    const hub = start(["serve", "--json"], { directory, env })
    assert.match(String((await announced(hub)).token), /^muse_/)
    hub.signal("SIGTERM")
    await hub.ended
  })
})

describe("the format of the store", () => {
  const files = { ...env, MUSEHUB_OBJECT_STORE: "file:objects" }
  const formatFile = (directory: string) => join(directory, "objects", "hub", "format", "current")

  it("two hubs that start at once on one empty store both serve, and the store says its format", async () => {
    const directory = await freshFolder()
    const hubs = [1, 2].map(() => start(["serve", "--json"], { directory, env: files }))
    await Promise.all(hubs.map(announced))
    for (const hub of hubs) hub.signal("SIGTERM")
    const ended = await Promise.all(hubs.map((hub) => hub.ended))
    assert.deepStrictEqual(
      ended.map(({ code }) => code),
      [0, 0]
    )
    assert.include(await readFile(formatFile(directory), "utf8"), '{"version":1}')
  })

  it("is written into a store from before there was one", async () => {
    const directory = await freshFolder()
    assert.strictEqual((await run(["user", "create", "ada"], { directory, env: files })).code, 0)
    await rm(formatFile(directory))
    const hub = start(["serve", "--json"], { directory, env: files })
    assert.isUndefined((await announced(hub)).token, "the same hub")
    hub.signal("SIGTERM")
    await hub.ended
    assert.include(await readFile(formatFile(directory), "utf8"), '{"version":1}')
  })

  it("is refused if it is newer than the hub, by serve, probe and commands, before anything is written", async () => {
    const directory = await freshFolder()
    assert.strictEqual((await run(["probe"], { directory, env: files })).code, 0)
    await writeFile(formatFile(directory), 'format 16\0{"version":9999}')
    const everything = async () => ({
      files: await readdir(directory, { recursive: true }),
      probe: await readFile(join(directory, "objects", "hub", "probe", "latest"), "utf8")
    })
    const before = await everything()
    const embedded = { ...files, MUSEHUB_INDEX: "embedded:postgres" }
    const commands = [["serve"], ["probe"], ["user", "create", "ada"], ["status"]]
    const ended = await Promise.all(commands.map((command) => run(command, { directory, env: embedded })))
    for (const { code, stderr, stdout } of ended) {
      assert.deepStrictEqual([code, stdout], [3, ""])
      assert.match(
        stderr,
        /^musehub: the object store at file:\S+ has format 9999, and this hub knows formats up to 1: run .*\n$/
      )
    }
    assert.deepStrictEqual(await everything(), before, "no database either")
  })
})

describe("third-party adapters", () => {
  const unfit = { ...env, MUSEHUB_PLUGINS: "musehub-test-unfit", MUSEHUB_OBJECT_STORE: "unfit:" }

  it("an unfit store is refused with the reasons, by probe and serve", async () => {
    const directory = await freshFolder()
    const [probed, served] = await Promise.all([
      run(["probe", "--json"], { directory, env: unfit }),
      run(["serve"], { directory, env: unfit })
    ])
    assert.strictEqual(probed.code, 1)
    assert.deepInclude(JSON.parse(probed.stdout), { fit: false, createsRaceSafe: false, replacesRaceSafe: false })
    for (const { code, stderr } of [probed, served]) {
      assert.strictEqual(code, 1)
      assert.match(stderr, /^musehub: the object store at \S+ is not fit to serve from: .*If-None-Match.*\n$/)
    }
    assert.strictEqual(served.stdout, "")
  })

  it("an unfit store is served behind the database's fence, which is proven and named", async () => {
    const hub = start(["serve", "--json", "--fence", "database"], { directory: await freshFolder(), env: unfit })
    assert.match((await announced(hub)).url, /^http:/)
    hub.signal("SIGTERM")
    const { code, stderr } = await hub.ended
    assert.strictEqual(code, 0)
    assert.include(stderr, "fenced by the database")
  })

  it("a database that is to fence and is away leaves the hub to readers, which it says", async () => {
    const directory = await freshFolder()
    const files = { ...env, MUSEHUB_OBJECT_STORE: "file:objects" }
    const before = start(["serve", "--json", "--fence", "database"], { directory, env: files })
    const { token } = await announced(before)
    before.signal("SIGTERM")
    await before.ended
    const away = { ...files, MUSEHUB_INDEX: "postgres://ada@127.0.0.1:1/hub" }
    const hub = start(["serve", "--json", "--fence", "database"], { directory, env: away })
    const { url } = await announced(hub)
    assert.strictEqual((await fetch(`${url}/health`)).status, 200)
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const body = JSON.stringify({ owner: "ada", name: "unfenced" })
    assert.strictEqual((await fetch(`${url}/api/v1/repos`, { method: "POST", headers, body })).status, 503)
    hub.signal("SIGTERM")
    const { stderr } = await hub.ended
    assert.include(stderr, "the fence is not proven yet")
  })

  it("a package that is not a plugin, or takes another's scheme, is refused in one line", async () => {
    const directory = await freshFolder()
    const cases = [
      [
        "musehub-test-nothing",
        /^musehub: MUSEHUB_PLUGINS: the default export of "musehub-test-nothing" is not a plugin; .*\n$/
      ],
      ["musehub-test-usurper", /^musehub: MUSEHUB_PLUGINS: there is more than one adapter for file: URLs\n$/]
    ] as const
    for (const [name, line] of cases) {
      const { code, stdout, stderr } = await run(["probe"], { directory, env: { ...env, MUSEHUB_PLUGINS: name } })
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.match(stderr, line)
    }
  })

  it("a plugin that throws while it opens, or cannot be loaded, is one line that names the setting", async () => {
    const directory = await freshFolder()
    for (const url of ["buggy:", "buggy:throw"]) {
      const buggy = { ...env, MUSEHUB_PLUGINS: "musehub-test-buggy", MUSEHUB_OBJECT_STORE: url }
      const { code, stdout, stderr } = await run(["probe"], { directory, env: buggy })
      assert.deepStrictEqual([code, stdout], [3, ""])
      assert.match(
        stderr,
        /^musehub: MUSEHUB_OBJECT_STORE: the adapter failed .*: cannot reach https:\S*example\.org\n$/
      )
      assert.notInclude(stderr, "hunter2")
    }
    const throwing = { ...env, MUSEHUB_PLUGINS: "musehub-test-throwing" }
    const { code, stderr } = await run(["probe"], { directory, env: throwing })
    assert.strictEqual(code, 2)
    assert.match(stderr, /^musehub: MUSEHUB_PLUGINS: .*"musehub-test-throwing" cannot be loaded: no adapter today\n$/)
  })

  it("a bug ends with an incident, and shows its stack for debugging only", async () => {
    const directory = await freshFolder()
    const buggy = { ...env, MUSEHUB_PLUGINS: "musehub-test-buggy", MUSEHUB_OBJECT_STORE: "buggy:later" }
    const quiet = await run(["probe"], { directory, env: buggy })
    assert.strictEqual(quiet.code, 70)
    assert.match(
      quiet.stderr,
      /^musehub: a bug in the hub .*\(incident [0-9a-f-]{36}\): cannot reach .*--log-level debug.*\n$/
    )
    const loud = await run(["probe", "--log-level", "debug"], { directory, env: buggy })
    assert.strictEqual(loud.code, 70)
    assert.match(loud.stderr, /at .*buggy\.ts/)
    assert.notInclude(quiet.stderr, "hunter2")
  })
})

describe("the command line", () => {
  it("help goes to stdout on request; a mistake is one line on stderr and exit code 2", async () => {
    const directory = await freshFolder()
    const help = await run(["token", "create", "--help"], { directory })
    assert.strictEqual(help.code, 0)
    for (const flag of ["--user", "--scope", "--repository", "--expires", "--json", "--object-store", "--index"]) {
      assert.include(help.stdout, flag)
    }
    const mistakes = [
      [["token", "create"], /^musehub token create: Missing required flag: --user .*\n$/],
      [["token", "create", "--user", "A b"], /^musehub token create: Invalid value for flag --user: "A b"\. .*\n$/],
      [["token", "create", "--user", "a", "--expires", "2001-01-01"], /^musehub token create: .*--expires.*\n$/],
      [["token", "craete"], /^musehub token: Unknown subcommand "craete".*\n$/],
      [["repo", "create", "ada/x", "--owner", "bob"], /^musehub repo create: name the repository either as .*\n$/],
      [["status", "--jsno"], /^musehub status: Unrecognized flag: --jsno .*\n$/]
    ] as const
    const ended = await Promise.all(mistakes.map(([args]) => run(args, { directory })))
    for (const [position, { code, stdout, stderr }] of ended.entries()) {
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.match(stderr, mistakes[position]?.[1] ?? /nothing/)
    }
  })

  it("an empty variable is a mistake, not the default", async () => {
    const directory = await freshFolder()
    const { code, stdout, stderr } = await run(["status"], { directory, env: { ...env, MUSEHUB_OBJECT_STORE: "" } })
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.match(stderr, /^musehub: MUSEHUB_OBJECT_STORE: an empty value is not accepted; .*\n$/)
  })

  it("an unreachable index is named, with exit code 3 and without its password", async () => {
    const index = { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: "postgres://ada:hunter2@127.0.0.1:1/hub" }
    const { code, stdout, stderr } = await run(["status", "--json"], { directory: await freshFolder(), env: index })
    assert.deepStrictEqual([code, stdout], [3, ""])
    assert.match(stderr, /^musehub: MUSEHUB_INDEX: the index failed .*ECONNREFUSED.*\n$/)
    assert.notInclude(stderr, "hunter2")
  })
})
