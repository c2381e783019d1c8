/**
 * Runs the commands of docs/operations.md, in the order of the page, against a hub in a folder that serves meanwhile,
 * and beside a legacy hub whose rows are all right.
 */
import { assert, describe, it } from "@effect/vitest"
import { listPrices } from "@musehub/domain/usecase/operations/cost/Prices"
import { Effect, Exit, Scope } from "effect"
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { legacyDatabase, objectsDirectory, run as sql } from "../../legacy/legacyDatabase.ts"
import { acquirePostgres } from "../../services/services.ts"
import { field, json, launch, programArguments, run, start } from "../program.ts"

const page = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8")
const serverUrl = await acquirePostgres()

interface Block {
  /** The line of its first command. */
  readonly line: number
  /** Commands without comments. */
  readonly commands: ReadonlyArray<string>
}

const lineAt = (place: number): number => page.slice(0, place).split("\n").length

/** The blocks of commands, in order. */
const blocks = [...page.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(({ 1: text = "", index }): Block => ({
  line: lineAt(index) + 1,
  commands: text
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "")
}))

/** What the page writes where a hub has something of its own. */
const shown = {
  commit: "78c5b154…",
  legacyDatabase: "postgres://reader:…@db/musehub",
  legacyObjects: "/srv/musehub/objects"
}

/** A legacy hub that has ada/linear alone, of which nothing stays behind. */
const soundLegacy = Effect.gen(function* () {
  const url = yield* legacyDatabase(serverUrl)
  yield* sql(url, "DELETE FROM musehub_repos WHERE slug <> 'linear'")
  return url
})

describe("docs/operations.md", () => {
  it("has commands that work as they are written, in its order, while the hub serves", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-page-"))
    const databases = Scope.makeUnsafe()
    const serving = start(["serve", "--port", "0", "--json"], { directory })
    try {
      await serving.firstLine
      for (const name of ["ada/symphony", "grace/sketches"]) {
        const created = await run(["repo", "create", name], { directory })
        assert.strictEqual(created.code, 0, created.stderr)
      }
      const log = json(await run(["log", "ada/symphony", "--json"], { directory }))
      const commit = String(field(Array.isArray(log) ? log[0] : log, "commitId"))
      assert.match(commit, /^[0-9a-f]{64}$/)
      await writeFile(join(directory, "prices.json"), JSON.stringify(listPrices))

      const given = new Map([
        [shown.commit, commit],
        [shown.legacyDatabase, await Effect.runPromise(Scope.provide(soundLegacy, databases))],
        [shown.legacyObjects, objectsDirectory]
      ])

      const programs = join(directory, "programs")
      await mkdir(programs)
      const words = [process.execPath, ...programArguments].map((word) => `'${word}'`).join(" ")
      await writeFile(join(programs, "musehub"), `#!/bin/sh\nexec ${words} "$@"\n`)
      await chmod(join(programs, "musehub"), 0o755)
      const env: Record<string, string> = { PATH: `${programs}:${process.env["PATH"] ?? ""}` }

      let ran = 0
      for (const { commands, line } of blocks) {
        for (const command of commands) {
          const own = [...given].reduce((text, [there, here]) => text.replaceAll(there, here), command)
          const [, name, value] = /^export (\w+)=(.*)$/.exec(own) ?? []
          if (name !== undefined && value !== undefined) {
            env[name] = value
            continue
          }
          const { code, stderr, stdout } = await launch("bash", ["-c", own], { directory, env }).ended
          assert.strictEqual(code, 0, `docs/operations.md:${line}: ${command}\n${stdout}\n${stderr}`)
          ran += 1
        }
      }
      assert.isAtLeast(ran, 20)
      assert.deepInclude(json(await run(["repo", "show", "ada/linear", "--json"], { directory })), { slug: "linear" })
      const status = json(await run(["status", "--json"], { directory }))
      assert.deepInclude(field(status, "drill"), { losses: 0, faults: 0, extraRows: 0, differences: 0 })
    } finally {
      serving.signal("SIGTERM")
      await serving.ended
      await Effect.runPromise(Scope.close(databases, Exit.void))
      await rm(directory, { recursive: true, force: true })
    }
  }, 300_000)
})
