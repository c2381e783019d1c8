/** The token that the `muse` client keeps in `~/.muse/identity.toml`: which hub gets it, and which file is refused. */
import { assert, describe, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { authorized } from "@musehub/client/remote/Credentials"
import { Effect, Redacted } from "effect"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../cli/program.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { assertIncludes, memoryHub, temporaryFolder, treeOf, urlOf, writeLocal } from "./support.ts"

/** Writes `.muse/identity.toml` below a home folder, as the real client does, and returns its path. */
const identityIn = (home: string, text: string, mode = 0o600): string => {
  mkdirSync(join(home, ".muse"), { recursive: true })
  const path = join(home, ".muse/identity.toml")
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** The form of the real client (`muse auth login`). */
const entry = (host: string, token: string): string =>
  `["${host}"]\ntype = "human"\nname = "Ada"\nid = "usr_1"\ntoken = "${token}"\ncapabilities = ["read:*"]\n`

const tokenFor = Effect.fnUntraced(function* (text: string, url: string) {
  const identityFile = identityIn(yield* temporaryFolder, text)
  const { token } = yield* authorized(url, { identityFile })
  return token === undefined ? undefined : Redacted.value(token)
})

describe("the token in identity.toml", () => {
  const cases: ReadonlyArray<readonly [table: string, url: string, isSent: boolean]> = [
    ["hub.example", "https://hub.example/ada/x", true],
    ["hub.example", "https://HUB.Example/ada/x/", true],
    ["hub.example", "https://hub.example:443/ada/x", true],
    ["hub.example:443", "https://hub.example:443/ada/x", true],
    ["hub.example:8443", "https://hub.example:8443/ada/x", true],
    ["127.0.0.1:10003", "http://127.0.0.1:10003/ada/x", true],
    ["localhost:10003", "http://localhost:10003/ada/x", true],
    ["[::1]:10003", "http://[::1]:10003/ada/x", true],
    ["hub.example", "https://hub.example:8443/ada/x", false],
    ["hub.example:443", "https://hub.example:8443/ada/x", false],
    ["hub.example:8443", "https://hub.example/ada/x", false],
    ["hub.example", "https://evil.example\\@hub.example/ada/x", false],
    ["hub.example", "https://evil.example/hub.example", false],
    ["hub.example", "https://www.hub.example/ada/x", false],
    ["HUB.EXAMPLE", "https://hub.example/ada/x", false]
  ]
  for (const [table, url, isSent] of cases) {
    it.live(`of ${table} is ${isSent ? "" : "not "}for ${url}`, () =>
      Effect.map(tokenFor(entry(table, "muse_secret"), url), (token) =>
        assert.strictEqual(token, isSent ? "muse_secret" : undefined)
      )
    )
  }

  it.live("may be absent, as may the file", () =>
    Effect.gen(function* () {
      const url = "https://hub.example/ada/x"
      for (const text of ["", '["hub.example"]\n', '["hub.example"]\ntoken = ""\n', '"hub.example" = 1\n']) {
        assert.strictEqual(yield* tokenFor(text, url), undefined, text)
      }
      const identityFile = join(yield* temporaryFolder, ".muse/identity.toml")
      assertIncludes(yield* authorized(url, { identityFile }), { url, token: undefined })
    })
  )

  it.live("is not sent without encryption, but to this machine", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(tokenFor(entry("hub.example", "muse_secret"), "http://hub.example/ada/x"))
      assert.strictEqual(
        refused.message,
        '"http://hub.example/ada/x" is not encrypted, so the token is not sent there; use https'
      )
    })
  )

  const unfit: ReadonlyArray<readonly [what: string, text: string, mode: number, reason: RegExp]> = [
    ["others can read", entry("hub.example", "muse_secret"), 0o604, /open to other users; close it \(chmod 600\)/],
    ["the group can read", entry("hub.example", "muse_secret"), 0o640, /open to other users/],
    ["others can change", entry("hub.example", "muse_secret"), 0o602, /open to other users/],
    ["is not TOML", '["hub.example"]\ntoken = "muse_secret\n', 0o600, /is not TOML \(line 2, column \d+\)/]
  ]
  for (const [what, text, mode, reason] of unfit) {
    it.live(`is refused from a file that ${what}, with its name and without the token`, () =>
      Effect.gen(function* () {
        const identityFile = identityIn(yield* temporaryFolder, text, mode)
        const directory = join(yield* temporaryFolder, "x")
        const url = "https://hub.example/ada/x"
        const error = yield* Effect.flip(clone({ url, directory, identityFile }))
        assert.strictEqual(error._tag, "IdentityUnfit")
        assert.match(error.message, reason)
        assert.include(error.message, identityFile)
        assert.notInclude(error.message, "muse_secret")
        assert.strictEqual((yield* authorized(url, { identityFile, token: Redacted.make("mine") })).url, url)
      })
    )
  }
})

it.live("the commands use it, unless MUSEHUB_TOKEN says otherwise", () =>
  Effect.gen(function* () {
    const hub = yield* memoryHub
    const token = Redacted.value(hub.token)
    const local = growing()
    commitTo(local, "main", { a: "one" })
    const target = yield* createRepository(hub.url, token, "ada/secret", { visibility: "private" })
    yield* pushAll(target, local)
    const directory = yield* temporaryFolder
    const musehub = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      Effect.promise(() => run(args, { directory, env }))
    const cloning = ["clone", urlOf(target), "work"]
    assert.strictEqual((yield* musehub(cloning)).code, 1)

    identityIn(directory, entry(new URL(hub.url).host, token))
    assert.strictEqual((yield* musehub(cloning, { MUSEHUB_TOKEN: "wrong" })).code, 1)
    assert.deepInclude(yield* musehub(cloning), { code: 0, stderr: "" })
    assert.deepInclude(yield* musehub(["pull", "--dir", "work"]), { code: 0, stderr: "" })
    commitTo(local, "main", { a: "two" })
    writeLocal(join(directory, "work"), local)
    assert.deepInclude(yield* musehub(["push", "--dir", "work"]), { code: 0, stderr: "" })
    for (const [path, content] of treeOf(join(directory, "work"))) assert.notInclude(content, token, path)

    const path = identityIn(directory, entry(new URL(hub.url).host, token), 0o644)
    assert.deepStrictEqual(yield* musehub(["pull", "--dir", "work"]), {
      code: 2,
      stdout: "",
      stderr:
        `musehub: "${path}" holds tokens and is open to other users; ` +
        "close it (chmod 600), or give a token yourself\n"
    })
    assert.strictEqual((yield* musehub(["pull", "--dir", "work"], { MUSEHUB_TOKEN: token })).code, 0)
  })
)
