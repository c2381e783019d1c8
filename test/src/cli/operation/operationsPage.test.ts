/**
 * Runs the commands of docs/operations.md, in the order of the page, against a hub in a folder that serves meanwhile. A
 * block after a comment `not run: …` is left out, and said with its reason.
 */
import { assert, describe, it } from "@effect/vitest"
import { listPrices } from "@musehub/domain/usecase/operations/cost/Prices"
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { field, json, launch, programArguments, run, start } from "../program.ts"

const page = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8")

interface Block {
  /** The line of its first command. */
  readonly line: number
  /** Why it is not run; undefined if it is. */
  readonly reason: string | undefined
  /** Commands without comments. */
  readonly commands: ReadonlyArray<string>
}

const lineAt = (place: number): number => page.slice(0, place).split("\n").length

/** The blocks of commands, in order. */
const blocks = [...page.matchAll(/(?:<!-- not run: ([^]*?) -->\n+)?^ *```sh\n([^]*?)^ *```$/gm)].map(
  ({ 0: whole, 1: reason, 2: text = "", index }): Block => ({
    line: lineAt(index + whole.indexOf("```sh")) + 1,
    reason,
    commands: text
      .split("\n")
      .map((line) => line.replace(/\s+# .*$/, "").trim())
      .filter((line) => line !== "")
  })
)

/** A commit, as the page writes it. */
const shownCommit = "78c5b154…"

describe("docs/operations.md", () => {
  it("has commands that work as they are written, in its order, beside a hub that serves", async () => {
    const directory = await mkdtemp(join(tmpdir(), "musehub-page-"))
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

      const programs = join(directory, "programs")
      await mkdir(programs)
      const words = [process.execPath, ...programArguments].map((word) => `'${word}'`).join(" ")
      await writeFile(join(programs, "musehub"), `#!/bin/sh\nexec ${words} "$@"\n`)
      await chmod(join(programs, "musehub"), 0o755)
      const env = { PATH: `${programs}:${process.env["PATH"] ?? ""}` }

      let ran = 0
      for (const { commands, line, reason } of blocks) {
        if (reason !== undefined) {
          process.stderr.write(`docs/operations.md:${line}: not run: ${reason}\n`)
          continue
        }
        for (const command of commands) {
          const given = command.replaceAll(shownCommit, commit)
          const { code, stderr, stdout } = await launch("bash", ["-c", given], { directory, env }).ended
          assert.strictEqual(code, 0, `docs/operations.md:${line}: ${command}\n${stdout}\n${stderr}`)
          ran += 1
        }
      }
      assert.isAtLeast(ran, 20)
      const status = json(await run(["status", "--json"], { directory }))
      assert.deepInclude(field(status, "drill"), { losses: 0, faults: 0, extraRows: 0, differences: 0 })
    } finally {
      serving.signal("SIGTERM")
      await serving.ended
      await rm(directory, { recursive: true, force: true })
    }
  }, 300_000)

  it("leaves out no block without a reason", () => {
    const fences = [...page.matchAll(/^ *```sh$/gm)]
    assert.strictEqual(blocks.length, fences.length)
    for (const { line, reason } of blocks) if (reason !== undefined) assert.isAbove(reason.length, 10, String(line))
  })
})
