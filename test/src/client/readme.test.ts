/**
 * The worked example of README.md, command by command, against a hub of its own. `muse` is played by the client of this
 * repository, which takes the same arguments. `npx --yes pnpm@12` works in the checkout alone, so it is refused
 * elsewhere.
 */
import { assert, it } from "@effect/vitest"
import { hostSetting, portSetting } from "@musehub/cli/config/Configuration"
import { verify } from "@musehub/client/operation/verify"
import { Effect } from "effect"
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { field, firstToken, run, start } from "../cli/program.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { temporaryFolder, workingTree, writeLocal } from "./support.ts"

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8")
const example = /\n## A worked example\n([^]*?)\n## /.exec(readme)?.[1] ?? ""

/** The commands of each block, which starts in the checkout, without comments. */
const blocks = [...example.matchAll(/```sh\n([^]*?)```/g)].map(([, text = ""]) =>
  text
    .split("\n")
    .flatMap((line) => line.replace(/\s+#.*$/, "").split(" && "))
    .filter((command) => command !== "")
)

const wordsOf = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "")

const address = `http://${hostSetting.fallback}:${portSetting.fallback}`

it.live("the worked example of README.md works as it is written", () =>
  Effect.gen(function* () {
    const checkout = yield* temporaryFolder
    const songs = join(checkout, "my-songs")
    const local = growing()
    commitTo(local, "main", { "song.txt": "one", empty: "" })
    local.heads.set("verse", local.heads.get("main") ?? "")
    commitTo(local, "verse", { "song.txt": "one", empty: "", "verse.txt": "la" })
    writeLocal(songs, local)
    writeFileSync(join(songs, "song.txt"), "one")
    writeFileSync(join(songs, "empty"), "")

    const env = { HOME: checkout, MUSEHUB_INDEX: "memory:", MUSEHUB_PORT: "0" }
    let url = address

    const musehub = Effect.fnUntraced(function* (args: ReadonlyArray<string>, directory: string) {
      const given = args.map((arg) => arg.replace(address, url))
      const { code, stderr } = yield* Effect.promise(() => run(given, { directory, env }))
      assert.strictEqual(code, 0, `${args.join(" ")}: ${stderr}`)
    })

    /** Starts the hub, and tells `muse` its token, as its login command does. */
    const started = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
      const hub = yield* Effect.acquireRelease(
        Effect.sync(() => start(["serve", ...args, "--json"], { directory: checkout, env })),
        ({ signal }) => Effect.sync(() => signal("SIGKILL"))
      )
      const line: unknown = JSON.parse(yield* Effect.promise(() => hub.firstLine))
      url = String(field(line, "url"))
      mkdirSync(join(checkout, ".muse"))
      const entry = `["${new URL(url).host}"]\ntoken = "${String(firstToken(line))}"\n`
      writeFileSync(join(checkout, ".muse/identity.toml"), entry, { mode: 0o600 })
    })

    const inCheckout = (command: string, directory: string) =>
      assert.strictEqual(directory, checkout, `${command} works in the checkout alone`)

    for (const commands of blocks) {
      let directory = checkout
      for (const command of commands) {
        const words = wordsOf(command)
        const plain = words.join(" ")
        if (words[0] === "cd") {
          directory = join(directory, words[1] ?? "")
          assert.isTrue(existsSync(directory), command)
        } else if (plain.startsWith("npx --yes pnpm@12 start")) {
          inCheckout(command, directory)
          yield* started(words.slice(4))
        } else if (plain.startsWith("npx --yes pnpm@12 musehub ")) {
          inCheckout(command, directory)
          yield* musehub(words.slice(4), directory)
        } else if (plain.startsWith("muse remote add ")) {
          const table = `[remotes.${words[3]}]\nurl = "${words[4]?.replace(address, url)}"\n`
          appendFileSync(join(directory, ".muse/config.toml"), table)
        } else {
          assert.match(plain, /^muse (push|pull|clone) /, "a command that the example may have")
          yield* musehub(words.slice(1), directory)
        }
      }
    }

    const merged = { "song.txt": "one", empty: "", "verse.txt": "la" }
    assert.deepStrictEqual(Object.fromEntries(workingTree(songs)), merged)
    const { "verse.txt": _, ...before } = merged
    assert.deepStrictEqual(Object.fromEntries(workingTree(join(checkout, "elsewhere"))), before)
    for (const directory of [songs, join(checkout, "elsewhere")]) {
      assert.deepStrictEqual((yield* verify({ directory })).faults, [])
    }
  })
)
