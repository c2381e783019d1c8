/** The table of the operator's commands in docs/operations.md is what the help of each says. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readFile } from "node:fs/promises"
import { type Hub, startHub } from "../inProcess.ts"

const page = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8")

/** Columns of the table. Its other ones are not in the help. */
const flags = ["--repo", "--dry-run"] as const

/** The rows of the table: a command, and for each flag `yes`, or why it has none. */
const rows = [...page.matchAll(/^\| `musehub ([a-z ]+)` +\|(.*)\|$/gm)].map(([, command = "", cells = ""]) => ({
  command,
  cells: cells.split("|").map((cell) => cell.trim())
}))

describe("the operator's commands", () => {
  let hub: Hub

  beforeAll(async () => {
    hub = await startHub()
  })
  afterAll(() => hub.close())

  it("have the flags that the page says, and refuse others", async () => {
    assert.strictEqual(rows.length, 10)
    for (const { cells, command } of rows) {
      const words = command.split(" ")
      const { code, stdout } = await hub.run(...words, "--help")
      assert.strictEqual(code, 0, command)
      const has = (flag: string) => new RegExp(`^ +${flag}\\b`, "m").test(stdout)
      assert.isTrue(has("--json"), command)
      for (const [place, flag] of flags.entries()) {
        const cell = cells[place] ?? ""
        assert.strictEqual(cell === "yes", has(flag), `${command} ${flag}`)
        if (cell !== "yes") assert.isAbove(cell.length, 10, `why ${command} has no ${flag}`)
      }
      assert.strictEqual((await hub.run(...words, "--no-such-flag")).code, 2, command)
    }
  })
})
